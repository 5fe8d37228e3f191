import { render } from "./progress";

export default { render };
