import { render } from "preact";
import "./style/page.css";
import { followLinks } from "./route";
import { App } from "./app";

if (DEVELOPMENT) new EventSource("/dev/reload").addEventListener("message", () => location.reload());
followLinks();
const root = document.getElementById("page");
if (root) render(<App />, root);
