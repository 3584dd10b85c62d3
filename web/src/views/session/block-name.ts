import { visibleLine } from "../../format/visible";
import type { Block } from "./source";

/** What a block is called. */
export function blockName(block: Block): string {
    switch (block.kind) {
        case "text":
            return "Text";
        case "injected":
            return "Put there by the client";
        case "thinking":
            return "Thinking";
        case "refusal":
            return "Refusal";
        case "tool_call":
            return `Call of ${visibleLine(block.tool ?? "a tool")}`;
        case "tool_result":
            return "Result of a call";
        case "image":
            return "Image";
        case "compaction":
            return "Compaction";
        case "other":
            return `Block of type ${visibleLine(block.type)}`;
    }
}
