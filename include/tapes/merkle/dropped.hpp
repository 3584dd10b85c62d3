#pragma once

#include <tapes/merkle/content.hpp>

#include <string_view>
#include <vector>

/// What clients leave out when they send back what was said (docs/mapping.md): it is part of a node's hash,
/// but not of its match. All of it is pure.
namespace tapes::merkle {

/// Tells whether blocks of this type hold what clients drop: thinking, refusals, citations and their like.
/// The readers of the APIs ask it about the blocks that they make.
bool is_dropped_type(std::string_view type) noexcept;

/// Tells whether blocks of this type are calls of the provider's own tools, which clients may drop.
bool is_provider_call(std::string_view type) noexcept;

/// Tells whether items of this type hold a text that differs between the events of one stream, so that what
/// comes back is compared with all that was said (OpenAI Responses).
bool is_sealed_item(std::string_view type) noexcept;

/// Tells whether the block is text of white space alone. In an answer's message it says nothing: APIs give
/// such blocks, refuse them in a request, and clients drop them or put one before calls.
bool is_blank_text(const block& from) noexcept;

/// Tells whether a message of this role is what a provider said.
bool is_answer_role(std::string_view role) noexcept;
/// Whether messages of that role are system text.
bool is_system_role(std::string_view role) noexcept;

/// Whatever of a node tells, besides a block itself, whether clients drop the block.
struct block_origin {
    std::string_view role;
    std::string_view provider;
};

/// Tells from a stored block alone whether clients drop it, whoever sent it: its type says so.
bool always_dropped(const block& stored);

/// Tells from a stored block whether clients drop it, as the readers of the APIs decide it when they make the
/// block. What was said as an unknown part of a message stays, for it came whole, with its type. In answers
/// these are dropped besides: images, unknown members of a message, and text of white space alone.
bool is_dropped(const block& stored, const block_origin& origin);

/// Sets `dropped_by_clients` of blocks that were read from a store, an event or an older file.
void mark_dropped(std::vector<block>& content, const block_origin& origin);

/// Tells whether the match leaves out the block, or some field of it.
bool carries_dropped(const block& from) noexcept;

/// Tells whether a block of an answer is known by the id of its call, so that the match leaves out its JSON,
/// which clients bring back in part or with more in it: of items and results that have no fields of their own
/// `raw`, of calls of the provider's own tools the input.
bool is_loose(const block& from) noexcept;

/// Tells whether the match holds some text or JSON of the message in another form than the hash: a system
/// text that a known client writes anew when it resumes, a loose block of an answer, texts of an answer that
/// stand side by side, which clients bring back as one, JSON of an answer with a number that a double cannot
/// carry, which stands in the match as clients whose numbers are doubles write it.
bool is_reshaped(const message& from);

/// Returns what a match is made of: the content without blocks and fields that clients drop, and without what
/// they write anew.
std::vector<block> match_form(message from);

}  // namespace tapes::merkle
