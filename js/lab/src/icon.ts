import { LabIcon } from "@jupyterlab/ui-components";

/** Two lines that run beside each other. */
export const icon = new LabIcon({
  name: "parallel-nb:icon",
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M5 19 11 5h3L8 19zm8 0 6-14h3l-6 14z"/></svg>',
});
