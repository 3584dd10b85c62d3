import { render } from "preact";
import "./style/page.css";
import { answeredAhead } from "./api/client";
import { hasCode } from "./api/entrance";
import { startLive } from "./api/live";
import { shortTime } from "./format/times";
import { currentPlace, followLinks } from "./route";
import { askAhead } from "./views/ahead";
import { loadView } from "./views/view";
import { App } from "./app";

const soon = 100; // ms

if (DEVELOPMENT) new EventSource("/dev/reload").addEventListener("message", () => location.reload());
const place = currentPlace();
if (!hasCode()) {
    startLive(); // first: what is committed once the questions are asked is told
    askAhead(place);
}
const view = loadView(place);
followLinks();
// The first time that is formatted takes a browser 20 ms, which it has while the view's files are on their way.
shortTime(new Date().toISOString());
// Where the view's files and what it asks come soon, the page is drawn once, not first without and then with them.
const ready = Promise.all([view, answeredAhead()]);
void Promise.race([ready, new Promise((resolve) => setTimeout(resolve, soon))]).then(() => {
    const root = document.getElementById("page");
    if (root) render(<App />, root);
});
