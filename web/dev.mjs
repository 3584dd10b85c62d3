// Serves the page's sources while somebody works on them, and reloads it when they change. What is no file of the page
// goes on to a tapes that runs.
//
//   TAPES=http://127.0.0.1:8081 TAPES_TOKEN_FILE=STORE.token [PORT=8090] node dev.mjs
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";
import { bundleOptions, indexPage } from "./bundle.mjs";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const upstream = new URL(process.env.TAPES ?? "http://127.0.0.1:8081");
const tokenFile = process.env.TAPES_TOKEN_FILE;
const port = Number(process.env.PORT ?? 8090);
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify";
const types = { ".js": "text/javascript", ".css": "text/css" };
const icon = readFileSync("public/favicon.svg");

let files = new Map();
let page = "The first build failed.";
const readers = new Set();
const collect = {
    name: "collect",
    setup(build) {
        build.onEnd((result) => {
            if (result.errors.length > 0) return;
            files = new Map(result.outputFiles.map((file) => [`/assets/${file.path.split("/").pop()}`, file.contents]));
            page = indexPage(result.metafile);
            for (const reader of readers) reader.write("data: built\n\n");
        });
    },
};
const options = bundleOptions({ development: true, outdir: "dist" });
const bundler = await context({ ...options, write: false, plugins: [collect] });
await bundler.watch();

function pass(incoming, outgoing) {
    const headers = { ...incoming.headers, host: upstream.host };
    delete headers.origin;
    if (tokenFile) headers.authorization = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
    const onward = request(new URL(incoming.url, upstream), { method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.writeHead(502).end());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
}

createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, "http://page");
    if (pathname === "/dev/reload") {
        outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
        readers.add(outgoing);
        outgoing.on("close", () => readers.delete(outgoing));
    } else if (files.has(pathname)) {
        outgoing.writeHead(200, { "Content-Type": types[extname(pathname)] ?? "application/octet-stream" });
        outgoing.end(files.get(pathname));
    } else if (pathname === "/favicon.svg") {
        outgoing.writeHead(200, { "Content-Type": "image/svg+xml" });
        outgoing.end(icon);
    } else if (/^\/(v1|v0\.4|openapi\.json|healthz|readyz|metrics)(\/|$)/.test(pathname)) {
        pass(incoming, outgoing);
    } else {
        outgoing.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy });
        outgoing.end(page);
    }
}).listen(port, "127.0.0.1", () => console.log(`the page stands at http://127.0.0.1:${port}`));
