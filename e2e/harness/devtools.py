"""Chromium's own reader of HAR files: the network panel of its developer tools, which is a page of the browser's own."""
import pathlib

from .browser import TIMEOUT_MS, Chromium

PANEL = "devtools://devtools/bundled/devtools_app.html?panel=network"
#: What the panel has read, by the modules of the developer tools themselves.
READ = """async () => {
    const {NetworkLog} = await import("devtools://devtools/bundled/models/logs/logs.js");
    return Promise.all(NetworkLog.NetworkLog.instance().requests().map(async (one) => {
        const content = await one.requestContentData();
        return {
            url: one.url(), method: one.requestMethod, status: one.statusCode, reason: one.getInferredStatusText(),
            mime: one.mimeType, body: await one.requestFormData() ?? null,
            text: content.error ?? (content.isTextContent ? content.text : content.base64),
            sent: Object.fromEntries(one.requestHeaders().map((field) => [field.name.toLowerCase(), field.value])),
            query: (one.queryParameters ?? []).map((each) => [each.name, each.value]),
            started: one.issueTime(), waited: one.latency, took: one.duration,
            frames: one.frames().map((frame) => [frame.type, frame.text]),
        };
    }));
}"""


def read_har(file: pathlib.Path, timeout_ms: float = TIMEOUT_MS):
    """Imports a file as a person does: (rows of the panel, what it has read of each, problems on the console)."""
    chromium = Chromium(file.parent)
    try:
        page = chromium.browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(TIMEOUT_MS)
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
        page.goto(PANEL)
        page.get_by_role("tab", name="Network").click()
        with page.expect_file_chooser() as chooser:
            page.locator("[aria-label^='Import HAR']").first.click()
        chooser.value.set_files(file)
        rows = page.locator(".network-log-grid tr.data-grid-data-grid-node")
        rows.first.wait_for(timeout=timeout_ms)
        return [row.split("\t") for row in rows.all_inner_texts()], page.evaluate(READ), problems
    finally:
        chromium.close()
