// A menu is a <details>: this closes it when one presses elsewhere, chooses something, or presses Escape.

export function makeMenu(details) {
  const close = () => (details.open = false);
  document.addEventListener("pointerdown", (event) => details.contains(event.target) || close());
  details.addEventListener("click", (event) => event.target.closest("button, a") && close());
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    close();
    details.querySelector("summary").focus();
  });
}
