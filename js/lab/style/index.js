// The widgets' own stylesheet as esbuild has made it, for the panels beside a notebook; then ours.
import "../../../parallel_nb/display/static/panel.css";
import "./cells.css";
import "./jobs.css";
