// Makes the page's files: OUT/index.html and OUT/assets/NAME.HASH.js and .css.
//
//   node build.mjs [OUT]      OUT is dist/ where it is not named
//
// The build of tapes embeds what stands in OUT. A name with a hash changes with its content, so browsers may keep such
// a file for ever; index.html has no hash, and names them. What stands in public/ goes there as it is.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions, indexPage, together } from "./bundle.mjs";

const outdir = resolve(process.argv[2] ?? fileURLToPath(new URL("dist", import.meta.url)));
process.chdir(fileURLToPath(new URL(".", import.meta.url)));
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
const options = bundleOptions({ development: false, outdir });
const { metafile: apart } = await build({ ...options, write: false });
const { metafile } = await build({ ...options, plugins: [together(apart)] });
cpSync("public", outdir, { recursive: true });
writeFileSync(`${outdir}/index.html`, indexPage(metafile));
