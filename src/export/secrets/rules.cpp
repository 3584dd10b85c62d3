#include "secrets/rules.hpp"

#include <array>

namespace tapes::exports {

namespace {

using enum secret_test;
using enum secret_start;

/// docs/exports.md names the source of each.
constexpr std::array rules{
    // Private keys.
    secret_rule{"private-key", R"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)", key_block, true,
                anywhere},
    secret_rule{"private-key", R"(PuTTY-User-Key-File-[23]:)", key_block, true, anywhere},
    secret_rule{"private-key", R"(AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,})"},
    // Providers of models.
    secret_rule{"anthropic-key", R"(sk-ant-[a-z]{2,8}[0-9]{2}-[A-Za-z0-9_-]{24,})"},
    secret_rule{"openrouter-key", R"(sk-or-v1-[0-9a-f]{32,64})"},
    secret_rule{"langfuse-key", R"(sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"},
    secret_rule{"openai-key", R"(sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,})"},
    secret_rule{"openai-key", R"(sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"},
    secret_rule{"api-key", R"(sk-[A-Za-z0-9]{32,})"},
    secret_rule{"google-key", R"(AIza[A-Za-z0-9_-]{35})"},
    secret_rule{"google-key", R"(AQ\.Ab[A-Za-z0-9_-]{40,})"},
    secret_rule{"google-oauth", R"(GOCSPX-[A-Za-z0-9_-]{28})"},
    secret_rule{"google-oauth", R"(ya29\.[A-Za-z0-9_-]{30,})"},
    secret_rule{"groq-key", R"(gsk_[A-Za-z0-9]{48,})"},
    secret_rule{"xai-key", R"(xai-[A-Za-z0-9]{70,})"},
    secret_rule{"perplexity-key", R"(pplx-[A-Za-z0-9]{40,})"},
    secret_rule{"replicate-token", R"(r8_[A-Za-z0-9]{37,40})"},
    secret_rule{"huggingface-token", R"(api_org_[A-Za-z]{34})"},
    secret_rule{"huggingface-token", R"(hf_[A-Za-z0-9]{34,})"},
    secret_rule{"langsmith-key", R"(lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10})"},
    secret_rule{"tavily-key", R"(tvly-(?:dev-|prod-)?[A-Za-z0-9-]{30,})"},
    secret_rule{"cerebras-key", R"(csk-[a-z0-9]{40,})"},
    secret_rule{"fireworks-key", R"(fw_[A-Za-z0-9]{22,})", random},
    secret_rule{"nvidia-key", R"(nvapi-[A-Za-z0-9_-]{60,})"},
    // Clouds.
    secret_rule{"aws-secret-key", R"((?:AKIA|ASIA)[A-Z2-7]{16}[^A-Za-z0-9/+]{1,24}([A-Za-z0-9/+]{40}))",
                random},
    secret_rule{
        "aws-secret-key",
        R"re((?i:aws[a-z_. -]{0,24}secret[a-z_. -]{0,24}|secret_?access_?key)["'\\]*\s*[:=,]\s*\\*["']?([A-Za-z0-9/+]{40}))re",
        random, true, anywhere},
    secret_rule{"aws-session-token",
                R"re((?i:session_?token)["'\\]*\s*[:=]\s*\\*["']?([A-Za-z0-9/+]{100,}={0,2}))re", random,
                true, anywhere},
    secret_rule{"aws-access-key", R"((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})"},
    secret_rule{"aws-bedrock-key", R"(ABSK[A-Za-z0-9+/]{100,}={0,2})"},
    secret_rule{"azure-storage-key", R"((?i:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,88}={0,2}))",
                random},
    secret_rule{"azure-client-secret", R"([A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34})"},
    secret_rule{"digitalocean-token", R"(do[opr]_v1_[0-9a-f]{64})"},
    secret_rule{"alibaba-key", R"(LTAI[A-Za-z0-9]{17,21})"},
    secret_rule{"cloudflare-token", R"(v1\.0-[0-9a-f]{24}-[0-9a-f]{146})"},
    secret_rule{"heroku-key", R"(HRKU-[A-Za-z0-9_-]{36,60})"},
    secret_rule{"databricks-token", R"(dapi[0-9a-f]{32}(?:-[0-9])?)"},
    secret_rule{"vault-token", R"(hv[sbr]\.[A-Za-z0-9_-]{24,})"},
    secret_rule{"terraform-token", R"([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,})"},
    secret_rule{"pulumi-token", R"(pul-[0-9a-f]{40})"},
    secret_rule{"doppler-token", R"(dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,44})"},
    secret_rule{"planetscale-token", R"(pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64})"},
    secret_rule{"supabase-key", R"(sb_secret_[A-Za-z0-9_-]{24,}|sbp_[0-9a-f]{40})"},
    // Where code lives.
    secret_rule{"github-token", R"(gh[pousr]_[A-Za-z0-9]{36,})"},
    secret_rule{"github-token", R"(github_pat_[A-Za-z0-9_]{50,})"},
    secret_rule{"gitlab-token",
                R"(gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[A-Za-z0-9_.-]{20,})"},
    secret_rule{"bitbucket-token", R"(AT(?:ATT3|BB|CTT3)[A-Za-z0-9_=-]{32,})"},
    secret_rule{"npm-token", R"(npm_[A-Za-z0-9]{36})"},
    secret_rule{"pypi-token", R"(pypi-AgE[A-Za-z0-9_-]{50,})"},
    secret_rule{"rubygems-key", R"(rubygems_[0-9a-f]{48})"},
    secret_rule{"crates-token", R"(cio[A-Za-z0-9]{32})", random},
    secret_rule{"docker-token", R"(dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,})"},
    secret_rule{"sentry-token", R"(sntry[su]_[A-Za-z0-9+/=_-]{40,})"},
    secret_rule{"grafana-token", R"(glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_eyJ[A-Za-z0-9+/=]{40,})"},
    secret_rule{"newrelic-key", R"(NRAK-[A-Z0-9]{27}|NRII-[A-Za-z0-9_-]{32})"},
    secret_rule{"linear-key", R"(lin_(?:api|oauth)_[A-Za-z0-9]{32,})"},
    secret_rule{"notion-token", R"(ntn_[A-Za-z0-9]{40,})"},
    secret_rule{"figma-token", R"(fig[dou]r?_[A-Za-z0-9_-]{40,})"},
    secret_rule{"postman-key", R"(PMAK-[0-9a-f]{24}-[0-9a-f]{34})"},
    // Messages, mail, money.
    secret_rule{"slack-token", R"(xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{20,})"},
    secret_rule{"slack-token", R"(xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{32,})"},
    secret_rule{"slack-webhook", R"(hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/]{30,}))"},
    secret_rule{"discord-webhook", R"(discord(?:app)?\.com/api/webhooks/[0-9]{16,20}/([A-Za-z0-9_-]{60,}))"},
    secret_rule{"telegram-token", R"([0-9]{8,10}:AA[A-Za-z0-9_-]{33})"},
    secret_rule{"stripe-key", R"((?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{16,})"},
    secret_rule{"stripe-key", R"(whsec_[A-Za-z0-9+/=]{32,})"},
    secret_rule{"square-token", R"(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43}|EAAA[A-Za-z0-9_-]{60})"},
    secret_rule{"shopify-token", R"(shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32})"},
    secret_rule{"sendgrid-key", R"(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"},
    secret_rule{"mailgun-key", R"(key-[0-9a-f]{32})"},
    secret_rule{"mailchimp-key", R"([0-9a-f]{32}-us[0-9]{1,2})"},
    secret_rule{"twilio-key", R"(SK[0-9a-f]{32})"},
    // Of whatever provider.
    secret_rule{"jwt", R"(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,})"},
    secret_rule{
        "authorization",
        R"re((?i:authorization)["'\\]*\s*[:=]\s*\\*["']?\s*(?i:bearer|basic|token|apikey|bot)\s+([A-Za-z0-9._~+/=-]{12,}))re",
        random},
    secret_rule{"authorization", R"((?i:bearer)\s+([A-Za-z0-9._~+/-]{20,}=*))", random},
    secret_rule{
        "authorization",
        R"re((?i:x-api-key|api-key|x-goog-api-key|x-auth-token|private-token|ocp-apim-subscription-key|x-vault-token)["'\\]*\s*[:=]\s*\\*["']?([A-Za-z0-9._~+/=-]{16,}))re",
        random},
    secret_rule{"url-password",
                R"re([A-Za-z][A-Za-z0-9+.-]*://[^\s:/?#@"'<>`\\]*:([^\s/?#@"'<>`\\]{3,256})@)re", password,
                false},
    secret_rule{
        "url-token",
        R"re([?&](?i:api_?key|access_?token|auth_?token|token|key|client_?secret|password|sig|signature|x-amz-signature)=([A-Za-z0-9._~+/%-]{16,}=*))re",
        random, true, anywhere},
    secret_rule{"connection-password", R"re((?i:password|pwd)\s?=\s?([^\s;"'<>\\]{3,128});)re", password,
                false},
    secret_rule{"connection-password", R"re(;\s?(?i:password|pwd)\s?=\s?([^\s;"'<>\\]{3,128}))re", password,
                false, anywhere},
    secret_rule{"netrc-password", R"((?:machine|login)\s+\S+\s+(?:login\s+\S+\s+)?password\s+(\S{3,128}))",
                password, false},
    secret_rule{
        "command-password",
        R"re((?:curl|wget|http)\s[^\n]{0,200}?(?:\s-u|\s--user|\s--password|\s--proxy-user)[= ]["']?[^\s:"'=]{1,64}:([^\s"'\\]{3,128}))re",
        password, false},
    secret_rule{
        "assigned-secret",
        R"re((?i:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|master[_-]?key|credentials?)[A-Za-z0-9_-]*["'`\\]*\]?\s{0,8}(?::=|=>|[:=])\s{0,8}\\*["'`]([^"'`\\\s]{6,512})\\*["'`])re",
        assignment, false, anywhere},
    secret_rule{
        "assigned-secret",
        R"re((?i:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|master[_-]?key|credentials?)[A-Za-z0-9_-]*[ \t]?[:=][ \t]?([^\s"'`\\;,<>(){}\[\]|&]{8,512}))re",
        assignment, false, anywhere},
    // Joined to the word before them, as texts are that stand one behind the other in what a tool put out.
    // Only shapes that nothing else has.
    secret_rule{"anthropic-key", R"(sk-ant-(?:api|oat|admin)[0-9]{2}-[A-Za-z0-9_-]{60,})", random, true,
                behind_word},
    secret_rule{"openrouter-key", R"(sk-or-v1-[0-9a-f]{64})", random, true, behind_word},
    secret_rule{
        "openai-key",
        R"(sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20})T3BlbkFJ[A-Za-z0-9_-]{20,})",
        random, true, behind_word},
    secret_rule{"google-key", R"(AIzaSy[A-Za-z0-9_-]{33})", random, true, behind_word},
    secret_rule{"aws-access-key", R"([a-z_]((?:AKIA|ASIA)[A-Z2-7]{16}))", shape, true, behind_word},
    secret_rule{"github-token", R"(gh[pousr]_[A-Za-z0-9]{36,})", random, true, behind_word},
    secret_rule{"github-token", R"(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})", random, true, behind_word},
    secret_rule{"gitlab-token", R"(glpat-[A-Za-z0-9_.-]{20,})", random, true, behind_word},
    secret_rule{"slack-token", R"(xox[bp]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{20,})", random, true,
                behind_word},
    secret_rule{"stripe-key", R"([rs]k_live_[A-Za-z0-9]{24,})", random, true, behind_word},
    secret_rule{"jwt", R"(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,})", random, true,
                behind_word},
};

}  // namespace

std::span<const secret_rule> secret_rules() noexcept {
    return rules;
}

}  // namespace tapes::exports
