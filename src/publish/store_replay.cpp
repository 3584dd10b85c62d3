#include <tapes/event/types.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/publish/replay_source.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/event_reader.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/turn_reader.hpp>

#include <algorithm>
#include <deque>
#include <stdexcept>

namespace tapes::publish {

namespace {

class store_replay : public replay_source {
public:
    store_replay(const std::string& path, const store::replay_choice& choice, std::uint64_t last_seq)
        : turns_{path}, reader_{path}, events_{path}, letters_{path}, choice_{choice}, last_seq_{last_seq} {
        if (!choice.root.empty()) {
            root_ = find_root();
        }
        nodes_ = sends(event::node_event_type);
        exchanges_ = sends(event::exchange_event_type);
        // A dead letter is of no conversation, session, agent or project.
        letters_chosen_ = choice.root.empty() && choice.session.empty() && choice.agent_name.empty() &&
                          choice.project.empty();
    }

    std::optional<replay_step> next() override {
        while (steps_.empty()) {
            if (at_ == page_.size()) {
                page_ = turns_.read(after_, last_seq_);
                at_ = 0;
                if (page_.empty()) {
                    return std::nullopt;
                }
                after_ = page_.back().seq;
            }
            add(page_[at_++]);
        }
        const auto step = steps_.front();
        steps_.pop_front();
        return step;
    }

    void make(event::event_record& out, const replay_step& step, std::uint64_t most_bytes) override {
        switch (step.type) {
            case replay_step::kind::node:
                make_node(out, found(reader_.node(step.ref), "node", step), most_bytes);
                break;
            case replay_step::kind::exchange:
                event::make_exchange_record(out, found(events_.exchange(step.ref), "exchange", step));
                break;
            case replay_step::kind::letter:
                event::make_letter_record(out,
                                          found(letters_.change(step.ref), "change of a dead letter", step));
                break;
        }
    }

private:
    template <class Value>
    static Value found(std::optional<Value> value, const std::string& kind, const replay_step& step) {
        if (!value) {
            throw std::runtime_error{"the store has no " + kind + " " + std::to_string(step.ref) +
                                     "; see tapes verify"};
        }
        return *std::move(value);
    }

    static void make_node(event::event_record& out, const store::stored_node& node,
                          std::uint64_t most_bytes) {
        event::make_node_record(out, node, event::content_form::whole);
        const auto size = out.key.size() + out.value.size() + out.provider.size() + out.agent_name.size() +
                          out.project.size();
        if (most_bytes != 0 && size > most_bytes) {
            event::make_node_record(out, node, event::content_form::reference);
        }
    }

    bool sends(std::string_view type) const {
        return std::find(choice_.event_types.begin(), choice_.event_types.end(), type) !=
               choice_.event_types.end();
    }

    std::int64_t find_root() {
        const auto hash = merkle::from_hex(choice_.root);
        const auto node = hash ? reader_.find_node(*hash) : std::nullopt;
        if (!node) {
            throw std::runtime_error{"the store has no node " + choice_.root};
        }
        if (node->parent) {
            throw std::runtime_error{"node " + choice_.root +
                                     " is not the first of its conversation; that is " +
                                     merkle::to_hex(node->root)};
        }
        return node->id;
    }

    bool takes(const store::logged_turn& turn) {
        const auto asked = [](const std::string& wanted, const std::string& is) {
            return wanted.empty() || wanted == is;
        };
        return asked(choice_.session, turn.session) && asked(choice_.agent_name, turn.agent_name) &&
               asked(choice_.project, turn.project) && turn.at_us >= choice_.since_us.value_or(turn.at_us) &&
               (!choice_.until_us || turn.at_us < *choice_.until_us) &&
               (root_ == 0 || (!turn.heads.empty() && turns_.ancestors(turn.heads.front()).root == root_));
    }

    void add(const store::logged_turn& turn) {
        const bool letter = turn.kind == store::log_kind::dead_letter;
        if (letter ? !letters_chosen_ || !takes(turn) : !takes(turn)) {
            return;
        }
        if (letter) {
            add_letter(turn);
            return;
        }
        if (nodes_) {
            add_chains(turn);
        }
        if (exchanges_ && turn.kind == store::log_kind::exchange) {
            steps_.push_back({replay_step::kind::exchange, turn.ref, turn.seq, turn.at_us});
        }
    }

    void add_letter(const store::logged_turn& turn) {
        const auto change = letters_.change(turn.ref);
        if (change && sends(event::type_of(change->kind))) {
            steps_.push_back({replay_step::kind::letter, turn.ref, turn.seq, turn.at_us});
        }
    }

    void add_chains(const store::logged_turn& turn) {
        std::vector<std::int64_t> missing;
        for (const auto head : turn.heads) {
            for (auto node = head; node != 0 && !sent(node); node = turns_.ancestors(node).parent) {
                sent_[static_cast<std::size_t>(node)] = true;
                missing.push_back(node);
            }
        }
        std::sort(missing.begin(), missing.end());  // a parent has the smaller id
        for (const auto node : missing) {
            steps_.push_back({replay_step::kind::node, node, turn.seq, turn.at_us});
        }
    }

    bool sent(std::int64_t node) {
        const auto at = static_cast<std::size_t>(node);
        if (at >= sent_.size()) {
            sent_.resize(std::max(at + 1, sent_.size() * 2));
        }
        return sent_[at];
    }

    store::turn_reader turns_;
    store::reader reader_;
    store::event_reader events_;
    store::letter_reader letters_;
    const store::replay_choice choice_;
    const std::uint64_t last_seq_;
    std::int64_t root_ = 0;
    bool nodes_ = false;
    bool exchanges_ = false;
    bool letters_chosen_ = false;

    std::vector<store::logged_turn> page_;
    std::size_t at_ = 0;  ///< the next of `page_`
    std::uint64_t after_ = 0;
    std::deque<replay_step> steps_;
    std::vector<bool> sent_;  ///< by node
};

}  // namespace

std::unique_ptr<replay_source> make_store_replay(const std::string& path, const store::replay_choice& choice,
                                                 std::uint64_t last_seq) {
    return std::make_unique<store_replay>(path, choice, last_seq);
}

}  // namespace tapes::publish
