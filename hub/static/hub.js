// The few lines that the pages need beyond htmx; everything works without them.
import { initAll } from "./nhsuk-frontend.min.js";

document.documentElement.classList.replace("no-js", "js-enabled");
document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// A refresh by polling must not steal the focus or speak; only a changed count is announced.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const words = event.detail.target.querySelector("[data-announce]");
  const live = document.getElementById("live");
  if (words && live && live.textContent !== words.dataset.announce) {
    live.textContent = words.dataset.announce;
  }
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
