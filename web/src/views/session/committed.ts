import type { LiveNode } from "../../api/live";
import type { Message } from "./source";

/** So many of the newest nodes are known at most. */
const most = 500;

/**
 * Messages that events told. The transcript has them once the catalogue does, a little after their commit; until then they
 * are shown from here.
 */
export class CommittedNodes {
    private readonly nodes = new Map<string, LiveNode>();

    take(node: LiveNode): void {
        this.nodes.set(node.hash, node);
        const oldest = this.nodes.keys().next();
        if (this.nodes.size > most && !oldest.done) this.nodes.delete(oldest.value);
    }

    /** What stands behind one message of a chain, up to another; none where the one does not lead to the other. */
    between(from: string, to: string): Message[] {
        const found: Message[] = [];
        for (let hash = to; hash !== from;) {
            const node = this.nodes.get(hash);
            if (node === undefined || node.parent === null || found.length === most) return [];
            found.push(node);
            hash = node.parent;
        }
        return found.reverse();
    }

    clear(): void {
        this.nodes.clear();
    }
}
