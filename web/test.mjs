// Runs the tests of what needs no browser, tests/*.test.ts, with Node's own runner.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const outdir = mkdtempSync(join(tmpdir(), "tapes-page-"));
try {
    const names = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
    await build({
        entryPoints: names.map((name) => join("tests", name)),
        bundle: true,
        platform: "node",
        format: "esm",
        target: ["node18"],
        jsx: "automatic",
        jsxImportSource: "preact",
        outdir,
        outExtension: { ".js": ".mjs" },
        logLevel: "warning",
    });
    const files = names.map((name) => join(outdir, name.replace(/\.ts$/, ".mjs")));
    process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
} finally {
    rmSync(outdir, { recursive: true, force: true });
}
