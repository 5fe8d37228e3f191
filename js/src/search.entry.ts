import { render } from "./search";

export default { render };
