// How the page is bundled: shared by build.mjs, which makes the files of a release, and dev.mjs, which serves them
// while somebody works on them.
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";

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

/**
 * Has every file of the bundle need what several of them share, by the metafile of a first build. esbuild makes a file of
 * each set of modules that the same files need, which comes to twenty small ones, of which a view waits for ten: with this
 * it is one.
 */
export function together(metafile) {
    const most = 6000; // bytes: what is larger stays with those that need it
    const shared = Object.values(metafile.outputs)
        .filter((output) => output.entryPoint === undefined)
        .flatMap((output) => Object.entries(output.inputs))
        .filter(([module, { bytesInOutput }]) => /^src.*\.tsx?$/.test(module) && bytesInOutput <= most)
        .map(([module]) => `import ${JSON.stringify(resolve(module))};`);
    return {
        name: "together",
        setup(build) {
            build.onLoad({ filter: /[/\\]src[/\\](main|views[/\\]\w+)\.tsx$/ }, ({ path }) => ({
                contents: [readFileSync(path, "utf8"), ...shared].join("\n"),
                loader: "tsx",
            }));
        },
    };
}

/** All files that a file needs at once, itself among them. */
function filesOf(metafile, file, known = new Set()) {
    if (known.has(file)) return known;
    known.add(file);
    for (const one of metafile.outputs[file].imports)
        if (one.kind === "import-statement") filesOf(metafile, one.path, known);
    return known;
}

const addressOf = (file) => `/assets/${basename(file)}`;

/**
 * What a browser would learn of one file after the other, told at once: the files of the page's frame, and by name those of
 * each view, which src/views/view.tsx has loaded with the first one that is shown.
 */
function filesToLoad(metafile) {
    const [frame] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === "src/main.tsx");
    const ofFrame = filesOf(metafile, frame);
    const links = [...ofFrame].filter((file) => file !== frame).map(addressOf);
    const views = Object.entries(metafile.outputs)
        .map(([file, output]) => [file, /^src\/views\/(\w+)\.tsx$/.exec(output.entryPoint ?? "")?.[1]])
        .filter(([, view]) => view !== undefined);
    return [
        ...links.map((address) => `<link rel="modulepreload" href="${address}" />`),
        ...views.map(([file, view]) => {
            const own = [...filesOf(metafile, file)].filter((one) => !ofFrame.has(one)).map(addressOf);
            return `<meta name="files-of-${view}" content="${own.join(" ")}" />`;
        }),
    ].join("\n        ");
}

/** index.html: the template with the names of the bundle's files. */
export function indexPage(metafile, template = readFileSync("src/index.html", "utf8")) {
    const names = Object.entries(metafile.outputs)
        .filter(([, output]) => output.entryPoint === "src/main.tsx")
        .flatMap(([file, output]) => [file, output.cssBundle])
        .filter(Boolean)
        .map(addressOf);
    const named = (ending) => names.find((name) => name.endsWith(ending));
    return template
        .replace("{{script}}", named(".js"))
        .replace("{{style}}", named(".css"))
        .replace("{{files}}", filesToLoad(metafile));
}
