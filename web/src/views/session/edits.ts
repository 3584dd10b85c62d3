/** What a call changes in files, as far as its arguments tell it. */
export interface Edit {
    file: string;
    /** Texts that take the place of others. */
    pairs: { before: string; after: string }[];
    /** A file as it is written anew, whole. */
    content?: string;
    /** A patch, as it is. */
    patch?: string;
}

type Members = Record<string, unknown>;

function isMembers(value: unknown): value is Members {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(from: Members, names: readonly string[]): string | undefined {
    for (const name of names) {
        const value = Object.hasOwn(from, name) ? from[name] : undefined;
        if (typeof value === "string") return value;
    }
    return undefined;
}

// The names of Claude Code (file_path, old_string; notebook_path, new_source), OpenCode (filePath, oldString), Anthropic's text
// editor (path, old_str, file_text), Qwen and Gemini (file_path, content), Cline (path, content, diff).
const fileNames = ["file_path", "filePath", "path", "notebook_path", "filename", "file"];
const before = ["old_string", "oldString", "old_str"];
const after = ["new_string", "newString", "new_str"];
const contents = ["content", "file_text", "new_source", "contents"];
// Codex (input), OpenCode (patchText), Cline (diff).
const patches = ["input", "patch", "patchText", "diff"];

function pairOf(from: Members): Edit["pairs"] {
    const old = textOf(from, before);
    const now = textOf(from, after);
    return old === undefined && now === undefined ? [] : [{ before: old ?? "", after: now ?? "" }];
}

function isPatch(text: string): boolean {
    return /^\s*(\*\*\* Begin Patch|diff --git |--- \S|<{5,} SEARCH|-{5,} SEARCH)/.test(text);
}

/** The patch within the words of a shell's command: Codex calls `apply_patch` that way, too. */
function patchInCommand(from: Members): string | undefined {
    const command = Object.hasOwn(from, "command") ? from["command"] : undefined;
    const words = Array.isArray(command)
        ? command.filter((one): one is string => typeof one === "string")
        : typeof command === "string"
          ? [command]
          : [];
    for (const word of words) {
        const begin = word.indexOf("*** Begin Patch");
        if (begin >= 0 && words.some((one) => one.includes("apply_patch"))) return word.slice(begin);
    }
    return words.includes("apply_patch") ? words.find(isPatch) : undefined;
}

/** Returns null where the arguments tell of no change. `tool` tells writing a file from other calls with a content. */
export function editOf(tool: string, value: unknown, text: string): Edit | null {
    if (!isMembers(value)) {
        const patch = typeof value === "string" ? value : text;
        return isPatch(patch) ? { file: "", pairs: [], patch } : null;
    }
    const file = textOf(value, fileNames) ?? "";
    const list = Object.hasOwn(value, "edits") ? value["edits"] : undefined;
    const pairs = Array.isArray(list) ? list.filter(isMembers).flatMap(pairOf) : pairOf(value);
    if (pairs.length > 0) return { file, pairs };
    const patch = patchInCommand(value) ?? textOf(value, patches);
    if (patch !== undefined && isPatch(patch)) return { file, pairs: [], patch };
    const content = textOf(value, contents);
    if (content !== undefined && file !== "" && /write|create|edit|notebook/i.test(tool))
        return { file, pairs: [], content };
    return null;
}
