import { render } from "./panel";

export default { render };
