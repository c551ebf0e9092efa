// Which space is open, and how to open another one.
import { openDialog } from "../document/dialog.js";
import { make } from "../document/elements.js";
import { MAX_NAME_LENGTH, goTo, newSpaceName, recentSpaces } from "./address.js";

/** Let the person open another space; `place` is the present one. */
export async function chooseSpace(place) {
  const chosen = await openDialog("Spaces", (close) => {
    const input = make("input", { id: "space-field", maxlength: MAX_NAME_LENGTH, autocomplete: "off", required: true, placeholder: "name of a space" });
    const open = (event) => {
      event.preventDefault();
      if (input.value.trim()) close(input.value.trim());
    };
    const others = recentSpaces().filter((name) => name !== place.space);
    return make(
      "div",
      { class: "stack" },
      make("p", { class: "hint" }, "A space is one shared graph. Everyone who opens the same name through the same relay sees the same graph."),
      make("form", { onsubmit: open, class: "stack" }, make("label", { for: "space-field" }, "Open a space by its name"), make("div", { class: "row" }, input, make("button", { class: "primary" }, "Open"))),
      others.length ? make("h3", {}, "Recent") : null,
      others.length ? make("ul", { class: "choices" }, others.map((name) => make("li", {}, make("button", { type: "button", onclick: () => close(name) }, name)))) : null,
      make("div", { class: "actions" }, make("button", { type: "button", onclick: () => close(newSpaceName()) }, "New empty space")),
    );
  });
  if (chosen && chosen !== place.space) goTo({ space: chosen, relay: place.relay });
}
