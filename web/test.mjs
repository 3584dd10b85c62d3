// Runs tests/*.test.ts: each is bundled for Node and given to its test runner.
//
//   node test.mjs [ARGUMENTS OF node --test]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "./bundle.mjs";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const outdir = mkdtempSync(join(tmpdir(), "tapes-web-tests-"));
try {
    const tests = readdirSync("tests").filter((name) => name.endsWith(".test.ts") || name.endsWith(".test.tsx"));
    const { jsx, jsxImportSource, alias, define } = bundleOptions({ development: false, outdir });
    await build({
        entryPoints: tests.map((name) => join("tests", name)),
        bundle: true,
        platform: "node",
        format: "esm",
        jsx,
        jsxImportSource,
        alias,
        define,
        outExtension: { ".js": ".mjs" },
        loader: { ".css": "empty" },
        outdir,
        logLevel: "warning",
    });
    const files = readdirSync(outdir)
        .filter((name) => name.endsWith(".mjs"))
        .map((name) => join(outdir, name));
    const run = spawnSync(process.execPath, ["--test", ...process.argv.slice(2), ...files], { stdio: "inherit" });
    process.exitCode = run.status ?? 1;
} finally {
    rmSync(outdir, { recursive: true, force: true });
}
