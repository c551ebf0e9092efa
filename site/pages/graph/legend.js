// What the colours mean, and by what the person wants them.
import { make } from "../document/elements.js";
import { bestRule, colourRules } from "./palette.js";

const MAX_ROWS = 8;

export class Legend {
  #rule = null; // the person's choice; null: the best guess

  constructor(root, mirror, palette, onChange) {
    Object.assign(this, { root, mirror, palette, onChange });
    this.select = make("select", { id: "colour-by" });
    this.select.addEventListener("change", () => {
      this.#rule = this.select.value;
      this.update();
      onChange();
    });
    this.list = make("ul", {});
    root.append(make("label", { for: "colour-by" }, "Colour by "), this.select, this.list);
  }

  update() {
    const rules = colourRules(this.mirror);
    const rule = this.#rule !== null && rules.includes(this.#rule) ? this.#rule : bestRule(this.mirror, rules);
    this.palette.update(this.mirror, rule);
    this.#drawRules(rules, rule);
    const { legend } = this.palette;
    this.root.hidden = legend.length === 0;
    const rows = legend.slice(0, MAX_ROWS).map(({ key, count, colour }) => {
      const dot = make("span", { class: "swatch", "aria-hidden": "true" });
      dot.style.backgroundColor = colour;
      return make("li", {}, dot, make("span", { class: "key" }, key), make("span", { class: "hint" }, String(count)));
    });
    if (legend.length > MAX_ROWS) rows.push(make("li", { class: "hint" }, `and ${legend.length - MAX_ROWS} more`));
    this.list.replaceChildren(...rows);
  }

  #drawRules(rules, rule) {
    const present = [...this.select.options].map((option) => option.value);
    if (present.join("\n") !== rules.join("\n")) this.select.replaceChildren(...rules.map((name) => make("option", { value: name }, name === "labels" ? "label" : name)));
    this.select.value = rule;
  }
}
