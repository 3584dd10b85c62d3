import { visibleLine } from "../../format/visible";

const roleNames: Record<string, string> = {
    user: "User",
    assistant: "Assistant",
    system: "System",
    developer: "Developer",
    tool: "Tool",
};

export function isKnownRole(role: string): boolean {
    return Object.hasOwn(roleNames, role);
}

export function roleName(role: string): string {
    return isKnownRole(role) ? (roleNames[role] ?? role) : visibleLine(role);
}
