import { start } from "../graphvine.js";

const state = document.querySelector("#state");
start({ onProgress: ({ phase, fraction }) => (state.textContent = `${phase} ${Math.round(100 * fraction)} %`) })
  .then(() => (state.textContent = "ready"), (error) => (state.textContent = `${error.name}: ${error.message}`));
