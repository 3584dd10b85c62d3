#include "client_wrappings.hpp"

#include <array>

namespace tapes::llm {
namespace {

constexpr auto theirs = wrapping_kind::theirs;
constexpr auto typed = wrapping_kind::typed;
constexpr auto all = wrapping_kind::all;
constexpr auto command = wrapping_kind::command;

constexpr std::array tags{
    // Claude Code: the names that its own titles leave out, and those of its messages about commands, tasks
    // and channels. Source: @anthropic-ai/claude-code 2.1.332 (npm), lists "command-name"…,
    // "bash-input"… and "ide_selection"… of its program.
    wrapping_tag{"system-reminder", theirs},
    wrapping_tag{"command-name", command},
    wrapping_tag{"command-args", command},
    wrapping_tag{"command-message", theirs},
    wrapping_tag{"command-contents", theirs},
    wrapping_tag{"skill-format", theirs},
    wrapping_tag{"local-command-caveat", theirs},
    wrapping_tag{"local-command-stdout", theirs},
    wrapping_tag{"local-command-stderr", theirs},
    wrapping_tag{"bash-input", command},
    wrapping_tag{"bash-stdout", theirs},
    wrapping_tag{"bash-stderr", theirs},
    wrapping_tag{"bash-exit-code", theirs},
    wrapping_tag{"user-memory-input", typed},
    wrapping_tag{"ide_opened_file", theirs},
    wrapping_tag{"ide_selection", theirs},
    wrapping_tag{"ide_diagnostics", theirs},
    wrapping_tag{"new-diagnostics", theirs},
    wrapping_tag{"terminal", theirs, true},
    wrapping_tag{"browser", theirs, true},
    wrapping_tag{"browser_instruction", theirs},
    wrapping_tag{"post-tool-use-hook", theirs},
    wrapping_tag{"user-prompt-submit-hook", theirs},
    wrapping_tag{"task-notification", theirs},
    wrapping_tag{"teammate-message", theirs},
    wrapping_tag{"mcp-resource-update", theirs},
    wrapping_tag{"mcp-polling-update", theirs},
    wrapping_tag{"persisted-output", theirs},
    wrapping_tag{"total_tokens", theirs},
    wrapping_tag{"fork-boilerplate", theirs},
    // Codex: markers of what it adds to the context. Source: @openai/codex 0.171.0 (npm), strings of the
    // binary; github.com/openai/codex codex-rs/core/src/context.
    wrapping_tag{"environment_context", theirs},
    wrapping_tag{"environments_instructions", theirs},
    wrapping_tag{"user_instructions", theirs},
    wrapping_tag{"INSTRUCTIONS", theirs},
    wrapping_tag{"permission_profile", theirs},
    wrapping_tag{"collaboration_mode", theirs},
    wrapping_tag{"personality_spec", theirs},
    wrapping_tag{"skills_instructions", theirs},
    wrapping_tag{"apps_instructions", theirs},
    wrapping_tag{"catalog_apps_instructions", theirs},
    wrapping_tag{"plugins_instructions", theirs},
    wrapping_tag{"model_instructions", theirs},
    wrapping_tag{"managed_developer_instructions", theirs},
    wrapping_tag{"recommended_plugins", theirs},
    wrapping_tag{"model_switch", theirs},
    wrapping_tag{"persistent_mode", theirs},
    wrapping_tag{"turn_aborted", theirs},
    wrapping_tag{"subagent_notification", theirs},
    wrapping_tag{"agent_message_board_notification", theirs},
    wrapping_tag{"multi_agent_role", theirs},
    wrapping_tag{"multi_agent_mode", theirs},
    wrapping_tag{"codex_delegation", theirs},
    wrapping_tag{"realtime_delegation", theirs},
    wrapping_tag{"realtime_conversation", theirs},
    wrapping_tag{"startup_context", theirs},
    wrapping_tag{"side_conversation", theirs},
    wrapping_tag{"command_sessions", theirs},
    wrapping_tag{"user_shell_command", theirs},
    wrapping_tag{"user_action", theirs},
    wrapping_tag{"user_verification_notice", theirs},
    wrapping_tag{"image_resize_notice", theirs},
    wrapping_tag{"context_window", theirs},
    wrapping_tag{"context_window_guidance", theirs},
    wrapping_tag{"context_window_reminder", theirs},
    wrapping_tag{"content_filter_guidance", theirs},
    wrapping_tag{"current_time_reminder", theirs},
    wrapping_tag{"rollout_budget", theirs},
    wrapping_tag{"token_budget", theirs},
    wrapping_tag{"image", theirs, true},
    wrapping_tag{"skill", theirs, false, true},
    // Crush and Amp write it with an underscore. Source: github.com/charmbracelet/crush
    // internal/agent/agent.go.
    wrapping_tag{"system_reminder", theirs},
    // Cline and Roo Code: `<task>` around the first message, `<feedback>` and `<user_message>` around later
    // ones. Source: github.com/cline/cline and RooVetGit/Roo-Code, src/core/Cline.ts.
    wrapping_tag{"task", all, false, true},
    wrapping_tag{"feedback", all, false, true},
    wrapping_tag{"user_message", all, false, true},
    wrapping_tag{"environment_details", theirs},
    wrapping_tag{"explicit_instructions", theirs, true},
    // Cursor: `<user_query>` behind what the editor knows. Source: transcripts below ~/.cursor/projects
    // (agent-transcripts), as programs that export them take them apart.
    wrapping_tag{"user_query", all},
    wrapping_tag{"additional_data", theirs},
    wrapping_tag{"attached_files", theirs},
    wrapping_tag{"open_and_recently_viewed_files", theirs},
    wrapping_tag{"cursor_commands", theirs},
    wrapping_tag{"project_layout", theirs},
    wrapping_tag{"git_status", theirs},
    wrapping_tag{"user_info", theirs},
    wrapping_tag{"agent_transcripts", theirs},
    wrapping_tag{"agent_skills", theirs},
    wrapping_tag{"image_files", theirs},
    wrapping_tag{"mcp_file_system", theirs},
    wrapping_tag{"always_applied_workspace_rules", theirs},
    wrapping_tag{"agent_requestable_workspace_rules", theirs},
    // GitHub Copilot Chat. Source: github.com/microsoft/vscode-copilot-chat,
    // src/extension/prompts/node/agent/agentPrompt.tsx.
    wrapping_tag{"userRequest", all},
    wrapping_tag{"user_request", all},
    wrapping_tag{"environment_info", theirs},
    wrapping_tag{"workspace_info", theirs},
    wrapping_tag{"reminderInstructions", theirs},
    wrapping_tag{"editorContext", theirs},
    wrapping_tag{"toolReferences", theirs},
    // Gemini CLI: what it knows of the session. Source: github.com/google-gemini/gemini-cli,
    // packages/core/src/utils/environmentContext.ts.
    wrapping_tag{"session_context", theirs},
    // Goose: time and working directory. Source: github.com/block/goose, crates/goose/src/agents/moim.rs.
    wrapping_tag{"info-msg", theirs},
};

constexpr std::array spans{
    // Claude Code, before <local-command-caveat>.
    wrapping_span{"Caveat: The messages below were generated by the user while running local commands.", ""},
    // Claude Code, after an interrupt.
    wrapping_span{"[Request interrupted by user", "]"},
    // Codex: "# AGENTS.md instructions for /path", then <INSTRUCTIONS>.
    wrapping_span{"# AGENTS.md instructions", ""},
    // Codex.
    wrapping_span{"<permissions instructions>", "</permissions instructions>"},
    // Zed. Source: github.com/zed-industries/zed, crates/agent/src/thread.rs.
    wrapping_span{"<context>\nThe following items were attached by the user.", "</context>"},
};

constexpr std::array<std::string_view, 28> texts{
    // Claude Code: a skill's text, and the summary with which it goes on after compaction.
    "Base directory for this skill:",
    "This session is being continued from a previous conversation that ran out of context.",
    // OpenCode: files that were attached, commands that ran, and the question for a summary. Source:
    // opencode-ai 1.18.33 (npm), parts that are marked `synthetic`.
    "Called the Read tool with the following input:",
    "Called the list tool with the following input:",
    "The following tool was executed by the user",
    "What did we do so far?",
    // qwen-code and Gemini CLI. Source: @qwen-code/qwen-code 0.15.10 (npm), getInitialChatHistory.
    "This is the Qwen Code. We are setting up the context for our chat.",
    "This is the Gemini CLI. We are setting up the context for our chat.",
    // aider: files, maps of repositories, output of commands, and its examples. Source: aider-chat 0.86
    // (PyPI), coders/base_prompts.py, coders/*_prompts.py, prompts.py.
    "I have *added these files to the chat*",
    "These files have been *added these files to the chat*",
    "Here is the current content of the files:",
    "Here are summaries of some files present in my git repository.",
    "Here are summaries of files in my git repository.",
    "I am working with you on code in a git repository.",
    "Here are some READ ONLY files, provided for your reference.",
    "I am not sharing any files",
    "I am not sharing the full contents of any files",
    "Don't try and edit any existing code without asking me to add the files to the chat!",
    "I ran this command:",
    "I added these files to the chat:",
    "I switched to a new code base. Please don't consider the above files",
    "^C KeyboardInterrupt",
    "Change get_factorial() to use math.factorial",
    "Refactor hello() into its own file.",
    "Change the greeting to be more casual",
    "Replace is_prime with a call to sympy.",
    // Codex: texts of their own before and behind an image.
    "<image name=[Image",
    "</image>",
};

constexpr std::array preambles{
    // Codex in editors and on the desktop: "# Context from my IDE setup:", "# Files mentioned by the user:"
    // and the like. Source: @openai/codex 0.171.0 (npm), strings of the binary.
    wrapping_span{"# ", "## My request for Codex:"},
};

constexpr std::array<std::string_view, 6> tails{
    // aider, for models whose reminder goes into the user's message (`reminder: user`): see `texts`.
    "\n\n# *SEARCH/REPLACE block* Rules:",
    "\n\n\n# *SEARCH/REPLACE block* Rules:",
    "\n\n# File editing rules:",
    "\n\n# V4A Diff Format Rules:",
    "\n\nTo suggest changes to a file you MUST return the entire content of the updated file.",
    "\n\n\nNEVER RETURN CODE!",
};

}  // namespace

std::span<const wrapping_tag> wrapping_tags() noexcept {
    return tags;
}

std::span<const wrapping_span> wrapping_spans() noexcept {
    return spans;
}

std::span<const std::string_view> client_texts() noexcept {
    return texts;
}

std::span<const wrapping_span> client_preambles() noexcept {
    return preambles;
}

std::span<const std::string_view> client_tails() noexcept {
    return tails;
}

}  // namespace tapes::llm
