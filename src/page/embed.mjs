// Writes the built page as a C++ source: node embed.mjs DIST SOURCE. See CMakeLists.txt for what DIST has to hold.
// The source is written only where it changes, so that nothing is compiled for a page that came out the same.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

// The paths of all files below a folder, as a browser asks for them.
function pathsBelow(folder, prefix = "") {
  return readdirSync(folder).flatMap((name) =>
    statSync(join(folder, name)).isDirectory()
      ? pathsBelow(join(folder, name), `${prefix}/${name}`)
      : [`${prefix}/${name}`],
  );
}

function literal(text) {
  return JSON.stringify(text);
}

// The bytes as a table: string literals of this size are not portable C++.
function table(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 32) {
    lines.push(bytes.subarray(at, at + 32).join(","));
  }
  return lines.join(",\n");
}

const [dist, source] = process.argv.slice(2);
const paths = pathsBelow(dist)
  .filter((path) => !path.endsWith(".map"))
  .sort((a, b) => (a < b ? -1 : 1));
if (!paths.includes("/index.html")) {
  throw new Error(`${dist} holds no index.html`);
}

const tables = [];
const rows = paths.map((path, number) => {
  const type = types[extname(path)];
  if (type === undefined) {
    throw new Error(`${path}: src/page/embed.mjs does not know the content type of ${extname(path)}`);
  }
  const isAsset = path.startsWith("/assets/");
  if (isAsset && !/[.-][0-9A-Za-z_]{8,}\.[a-z0-9]+$/.test(path)) {
    throw new Error(`${path}: a file below assets/ has a hash of what it says in its name`);
  }
  const whole = readFileSync(join(dist, path));
  const packed = gzipSync(whole, { level: 9 });
  const tag = createHash("sha256").update(whole).digest("hex").slice(0, 32);
  tables.push(`constexpr std::array<unsigned char, ${packed.length}> bytes_${number}{\n${table(packed)}};\n`);
  return (
    `        {${literal(path)}, ${literal(type)}, view_of(bytes_${number}), true, ${whole.length}, ` +
    `${literal(tag)}, ${isAsset}},\n`
  );
});

const text = `// Written by src/page/embed.mjs.
#include "built_files.hpp"

#include <array>

namespace tapes::page {

namespace {

${tables.join("\n")}
template <std::size_t Size>
std::string_view view_of(const std::array<unsigned char, Size>& bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), Size};
}

}  // namespace

std::span<const file> built_files() noexcept {
    static const std::array<file, ${rows.length}> all{{
${rows.join("")}    }};
    return all;
}

}  // namespace tapes::page
`;
if (!existsSync(source) || readFileSync(source, "utf8") !== text) {
  writeFileSync(source, text);
}
