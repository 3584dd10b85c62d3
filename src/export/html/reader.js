/* What is shown is held against what is proved, and the outcome is told node by node. */
(() => {
    const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

    /* Characters that would not be seen (Unicode's Default_Ignorable_Code_Point), that control something or turn the
       direction of writing, are shown by their numbers. Joiners and variation selectors are not: scripts and emoji
       need them. */
    const hidden = [
        [0x0, 0x8], [0xb, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x34f, 0x34f], [0x61c, 0x61c], [0x115f, 0x1160],
        [0x17b4, 0x17b5], [0x180b, 0x180f], [0x200b, 0x200b], [0x200e, 0x200f], [0x2028, 0x202e], [0x2060, 0x206f],
        [0x3164, 0x3164], [0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff0, 0xfffb], [0x1bca0, 0x1bca3],
        [0x1d173, 0x1d17a], [0xe0000, 0xe0fff],
    ];
    const marked = (point) => hidden.some(([first, last]) => point >= first && point <= last);

    /* The text that an element shows; null where it holds anything else. */
    function shownText(element) {
        let text = "";
        for (const child of element.childNodes) {
            if (child.nodeType === Node.TEXT_NODE) {
                text += child.data;
                continue;
            }
            if ((child.localName === "code" || child.localName === "b") && child.attributes.length === 0) {
                const inner = shownText(child);
                if (inner === null) {
                    return null;
                }
                text += inner;
                continue;
            }
            const number = child.localName === "i" && child.attributes.length === 0 && /^U\+([0-9A-F]{4,6})$/.exec(child.textContent);
            const point = number ? parseInt(number[1], 16) : -1;
            if (!number || child.childElementCount !== 0 || !marked(point)) {
                return null;
            }
            text += String.fromCodePoint(point);
        }
        return text;
    }

    function fieldIsShown(element, value, block) {
        if (element.localName === "img") {
            return element.getAttribute("src") === "data:" + block.media_type + ";base64," + value;
        }
        const text = shownText(element);
        if (text === null) {
            return false;
        }
        if (element.dataset.json === undefined) {
            return text === value;
        }
        try {
            return tapesProof.canonical(JSON.parse(text)) === tapesProof.canonical(value);
        } catch {
            return false;
        }
    }

    /* As attributes have it: a name may be any text. */
    const nameOf = (text) => encodeURIComponent(text).replaceAll("'", "%27");

    /* "", or what is shown otherwise than it is carried. */
    function difference(article, node) {
        const role = article.querySelector("[data-role]");
        if (!role || shownText(role) !== node.role) {
            return "its role is shown otherwise";
        }
        const sections = all("[data-block]", article);
        if (sections.length !== node.content.length) {
            return "it shows other blocks";
        }
        for (const [i, block] of node.content.entries()) {
            const section = sections[i];
            const shown = all("[data-field]", section);
            const names = new Map(
                Object.keys(block)
                    .filter((name) => name !== "type" && name !== "is_error")
                    .map((name) => [nameOf(name), name]),
            );
            const error = block.is_error === true;
            if (section.dataset.block !== nameOf(block.type) || section.classList.contains("error") !== error ||
                shown.length !== names.size) {
                return "block " + i + " is shown otherwise";
            }
            for (const element of shown) {
                const name = names.get(element.dataset.field);
                if (name === undefined || !fieldIsShown(element, block[name], block)) {
                    return "block " + i + ": " + (name ?? "something") + " is shown otherwise";
                }
            }
            if (new Set(shown.map((element) => element.dataset.field)).size !== shown.length) {
                return "block " + i + " shows something twice";
            }
        }
        return "";
    }

    const words = { proved: "proved", stated: "not whole" };

    function tell(article, outcome) {
        const badge = article.querySelector(".verdict");
        badge.textContent = words[outcome] ?? "does not hold";
        badge.title = words[outcome] ? "" : outcome;
        badge.className = "verdict " + (words[outcome] ? outcome : "broken");
    }

    const counted = (count, noun) => count + " " + noun + (count === 1 ? "" : "s");

    function conclude(outcomes, nodes, about) {
        const place = document.getElementById("proof");
        const text = document.getElementById("proof-text");
        const broken = outcomes.flatMap((outcome, i) => (words[outcome] ? [] : [[i, outcome]]));
        const whole = about && about.nodes === nodes.length;
        place.className = broken.length === 0 && whole ? "holds" : "fails";
        if (!whole) {
            text.textContent = "The proof fails: the file is not whole.";
        } else if (broken.length === 0) {
            const stated = outcomes.filter((outcome) => outcome === "stated").length;
            text.textContent =
                "The proof holds: " + counted(outcomes.length - stated, "node") + " proved by hash" +
                (stated === 0 ? "." : ", " + counted(stated, "node") + " not whole in this file.");
        } else {
            text.textContent = "The proof fails: " + counted(broken.length, "node") + " of " + nodes.length +
                (broken.length === 1 ? " does" : " do") + " not hold.";
        }
        const list = document.createElement("ul");
        for (const [i, outcome] of broken.slice(0, 20)) {
            const item = document.createElement("li");
            const link = document.createElement("a");
            link.href = "#n" + i;
            link.textContent = "Node " + i;
            item.append(link, ": " + outcome + ".");
            list.append(item);
        }
        if (broken.length > 0) {
            place.append(list);
        }
    }

    async function prove() {
        const articles = all("article.node");
        const nodes = [];
        for (const article of articles) {
            try {
                nodes.push(JSON.parse(article.querySelector("script").textContent));
            } catch {
                nodes.push(null);
            }
        }
        const outcomes = [];
        for (const [i, article] of articles.entries()) {
            let outcome = nodes[i] === null ? "what it carries is no JSON" : "";
            try {
                outcome ||= difference(article, nodes[i]) || (await tapesProof.verdict(nodes[i], i, nodes));
            } catch (error) {
                outcome = "it cannot be read: " + error.message;
            }
            outcomes.push(outcome);
            tell(article, outcome);
            if (i % 32 === 31) {
                await new Promise((go) => setTimeout(go));
            }
        }
        let about = null;
        try {
            about = JSON.parse(document.getElementById("about").textContent);
        } catch {
            about = null;
        }
        conclude(outcomes, nodes, about);
    }

    /* Folding all, going from message to message, and what is folded on paper. */
    function readByKeys() {
        const folds = all("details");
        const button = document.getElementById("fold");
        button.hidden = folds.length === 0;
        button.addEventListener("click", () => {
            const open = button.getAttribute("aria-pressed") !== "true";
            button.setAttribute("aria-pressed", String(open));
            button.textContent = open ? "Fold all" : "Unfold all";
            folds.forEach((one) => (one.open = open));
        });
        let closed = [];
        addEventListener("beforeprint", () => {
            closed = folds.filter((one) => !one.open);
            closed.forEach((one) => (one.open = true));
        });
        addEventListener("afterprint", () => closed.forEach((one) => (one.open = false)));
        addEventListener("keydown", (event) => {
            const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
            if (step === 0 || event.ctrlKey || event.metaKey || event.altKey) {
                return;
            }
            const articles = all("article.node");
            const now = articles.indexOf(document.activeElement?.closest?.("article.node"));
            const next = articles[Math.min(Math.max(now + step, 0), articles.length - 1)];
            for (let fold = next?.closest("details"); fold; fold = fold.parentElement.closest("details")) {
                fold.open = true;
            }
            next?.focus();
        });
    }

    readByKeys();
    void prove();
})();
