// Our stylesheets are texts of the bundle: the loaders that would add them weigh as much as they do.
import cells from "../style/cells.raw.css";
import jobs from "../style/jobs.raw.css";

export function addStyle(): void {
  const style = document.createElement("style");
  style.textContent = cells + jobs;
  document.head.append(style);
}
