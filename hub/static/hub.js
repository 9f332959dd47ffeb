// The few lines that the pages need beyond htmx; everything works without them.
import { initAll } from "./nhsuk-frontend.min.js";

document.documentElement.classList.replace("no-js", "js-enabled");
document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// A refresh by polling must not steal the focus or speak; only what has changed is announced.
const announced = (part) => part?.querySelector("[data-announce]")?.dataset.announce;
let before;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  before = announced(event.detail.target);
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  const swapped = event.detail.target; // which is no longer in the page if it was replaced as a whole
  const words = announced(swapped.isConnected ? swapped : document.getElementById(swapped.id));
  if (words && words !== before) document.getElementById("live").textContent = words;
});

// What someone has folded out stays so through a refresh.
let unfolded = [];
document.body.addEventListener("htmx:beforeSwap", (event) => {
  unfolded = [...event.detail.target.querySelectorAll("details[id][open]")].map((one) => one.id);
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
});

for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(kind, () => {
    document.getElementById("live").textContent = "You seem to be offline. Nothing was saved.";
  });
}

// A tab that nobody looks at does not poll.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.pathInfo.requestPath.includes("poll=1")) event.preventDefault();
});
