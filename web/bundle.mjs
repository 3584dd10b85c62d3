// How the page is bundled: shared by build.mjs, which makes the files of a release, and dev.mjs, which serves them
// while somebody works on them.
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** esbuild's options. `development` keeps the code readable and adds the reload. */
export function bundleOptions({ development, outdir }) {
    return {
        entryPoints: ["src/main.tsx"],
        bundle: true,
        splitting: true,
        format: "esm",
        target: ["es2022"],
        jsx: "automatic",
        jsxImportSource: "preact",
        alias: { react: "preact/compat", "react-dom": "preact/compat" },
        loader: { ".svg": "text" },
        define: { DEVELOPMENT: String(development) },
        entryNames: "assets/[name].[hash]",
        chunkNames: "assets/[name].[hash]",
        assetNames: "assets/[name].[hash]",
        minify: !development,
        sourcemap: development ? "inline" : false,
        legalComments: development ? "inline" : "none",
        metafile: true,
        outdir,
        logLevel: "warning",
    };
}

/** index.html: the template with the names of the bundle's entry files. */
export function indexPage(metafile, template = readFileSync("src/index.html", "utf8")) {
    const names = Object.entries(metafile.outputs)
        .filter(([, output]) => output.entryPoint === "src/main.tsx")
        .flatMap(([file, output]) => [file, output.cssBundle])
        .filter(Boolean)
        .map((file) => `/assets/${basename(file)}`);
    const named = (ending) => names.find((name) => name.endsWith(ending));
    return template.replace("{{script}}", named(".js")).replace("{{style}}", named(".css"));
}
