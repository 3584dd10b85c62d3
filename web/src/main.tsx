import { render } from "preact";
import "./style/page.css";
import { hasCode } from "./api/entrance";
import { startLive } from "./api/live";
import { shortTime } from "./format/times";
import { currentPlace, followLinks } from "./route";
import { askAhead } from "./views/ahead";
import { loadView } from "./views/view";
import { App } from "./app";

if (DEVELOPMENT) new EventSource("/dev/reload").addEventListener("message", () => location.reload());
const place = currentPlace();
if (!hasCode()) {
    startLive(); // first: what is committed once the questions are asked is told
    askAhead(place);
}
loadView(place);
followLinks();
const root = document.getElementById("page");
if (root) render(<App />, root);
// The first time that is formatted takes a browser 20 ms, which it has while the view's files are on their way.
shortTime(new Date().toISOString());
