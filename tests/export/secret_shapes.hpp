#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Secrets of our own, made when the tests run: none stands in the repository.
namespace export_test {

/// Characters without an order, the same in every run.
class characters {
public:
    explicit characters(std::uint64_t seed) : state_{seed * 2862933555777941757ULL + 3037000493ULL} {}

    std::string of(std::string_view alphabet, std::size_t count) {
        std::string made;
        for (std::size_t i = 0; i < count; ++i) {
            state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
            made += alphabet[static_cast<std::size_t>(state_ >> 33U) % alphabet.size()];
        }
        return made;
    }
    std::string alnum(std::size_t count) { return of(lower_ + upper_ + digits_, count); }
    std::string hex(std::size_t count) { return of("0123456789abcdef", count); }
    std::string base32(std::size_t count) { return of(upper_ + "234567", count); }
    std::string base64(std::size_t count) { return of(lower_ + upper_ + digits_ + "+/", count); }
    std::string lower(std::size_t count) { return of(lower_ + digits_, count); }

private:
    std::string lower_ = "abcdefghijklmnopqrstuvwxyz", upper_ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                digits_ = "0123456789";
    std::uint64_t state_;
};

struct planted {
    std::string kind;
    std::string text;    ///< with its secret
    std::string secret;  ///< what must not be left
};

/// One of each kind and shape.
inline std::vector<planted> all_planted(std::uint64_t seed = 1) {
    characters r{seed};
    std::vector<planted> made;
    const auto whole = [&made](const std::string& kind, const std::string& secret) {
        made.push_back({kind, secret, secret});
    };
    const auto within = [&made](const std::string& kind, const std::string& before, const std::string& secret,
                                const std::string& behind = "") {
        made.push_back({kind, before + secret + behind, secret});
    };
    const std::string sk = "sk-";
    whole("anthropic-key", sk + "ant-api03-" + r.alnum(93) + "AA");
    whole("anthropic-key", sk + "ant-oat01-" + r.alnum(80));
    whole("openrouter-key", sk + "or-v1-" + r.hex(64));
    whole("openai-key", sk + "proj-" + r.alnum(74) + "T3Blbk" + "FJ" + r.alnum(74));
    whole("openai-key", sk + "svcacct-" + r.alnum(50));
    whole("openai-key", sk + r.alnum(20) + "T3Blbk" + "FJ" + r.alnum(20));
    whole("api-key", sk + r.hex(32));
    whole("google-key",
          "AI"
          "za" +
              r.alnum(35));
    whole("google-oauth",
          "GOC"
          "SPX-" +
              r.alnum(28));
    whole("groq-key",
          "gs"
          "k_" +
              r.alnum(52));
    whole("xai-key",
          "xa"
          "i-" +
              r.alnum(80));
    whole("perplexity-key",
          "ppl"
          "x-" +
              r.alnum(48));
    whole("replicate-token",
          "r"
          "8_" +
              r.alnum(37));
    whole("huggingface-token",
          "h"
          "f_" +
              r.alnum(34));
    whole("langsmith-key",
          "lsv2_"
          "pt_" +
              r.hex(32) + "_" + r.hex(10));
    whole("tavily-key",
          "tv"
          "ly-dev-" +
              r.alnum(32));
    whole("aws-access-key",
          "AK"
          "IA" +
              r.base32(16));
    within("aws-secret-key", "AWS_SECRET_ACCESS_KEY=", r.base64(40));
    within("aws-secret-key",
           "AK"
           "IA" +
               r.base32(16) + ",",
           r.base64(40));
    within("aws-secret-key", R"("SecretAccessKey": ")", r.base64(40), "\"");
    within("aws-session-token", "aws_session_token = ", r.base64(240), "==");
    within("azure-storage-key", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=",
           r.base64(86) + "==", ";EndpointSuffix=core.windows.net");
    whole("digitalocean-token",
          "dop_"
          "v1_" +
              r.hex(64));
    whole("databricks-token",
          "dap"
          "i" +
              r.hex(32));
    whole("vault-token",
          "hv"
          "s." +
              r.alnum(90));
    whole("doppler-token",
          "dp."
          "pt." +
              r.alnum(43));
    whole("github-token",
          "gh"
          "p_" +
              r.alnum(36));
    whole("github-token",
          "gh"
          "s_" +
              r.alnum(36));
    whole("github-token",
          "github_"
          "pat_" +
              r.alnum(22) + "_" + r.alnum(59));
    whole("gitlab-token",
          "glp"
          "at-" +
              r.alnum(20));
    whole("npm-token",
          "np"
          "m_" +
              r.alnum(36));
    whole("pypi-token",
          "pyp"
          "i-AgEIcHlwaS5vcmc" +
              r.alnum(120));
    whole("docker-token",
          "dckr_"
          "pat_" +
              r.alnum(27));
    whole("sentry-token",
          "sntr"
          "ys_" +
              r.base64(80));
    whole("grafana-token",
          "gl"
          "sa_" +
              r.alnum(32) + "_" + r.hex(8));
    whole("linear-key",
          "lin_"
          "api_" +
              r.alnum(40));
    whole("notion-token",
          "nt"
          "n_" +
              r.alnum(46));
    whole("slack-token",
          "xo"
          "xb-" +
              r.of("0123456789", 12) + "-" + r.of("0123456789", 12) + "-" + r.alnum(24));
    whole("slack-token",
          "xa"
          "pp-1-A" +
              r.of("0123456789ABCDEF", 10) + "-" + r.of("0123456789", 13) + "-" + r.hex(64));
    within("slack-webhook", "https://hooks.slack.com/services/",
           "T" + r.base32(8) + "/B" + r.base32(8) + "/" + r.alnum(24));
    whole("telegram-token", r.of("123456789", 10) +
                                ":A"
                                "A" +
                                r.alnum(33));
    whole("stripe-key",
          "sk_"
          "live_" +
              r.alnum(24));
    whole("stripe-key",
          "rk_"
          "test_" +
              r.alnum(24));
    whole("stripe-key",
          "whs"
          "ec_" +
              r.alnum(32));
    whole("shopify-token",
          "shp"
          "at_" +
              r.hex(32));
    whole("sendgrid-key",
          "S"
          "G." +
              r.alnum(22) + "." + r.alnum(43));
    whole("twilio-key",
          "S"
          "K" +
              r.hex(32));
    whole("jwt",
          "ey"
          "JhbGciOiJIUzI1NiJ9.ey"
          "J" +
              r.alnum(60) + "." + r.alnum(43));
    within("authorization", "Authorization: Bearer ", r.alnum(40));
    within("authorization", "curl -H 'authorization: Basic ", r.alnum(30) + "=", "' https://a.test");
    within("authorization", "-H \"x-api-key: ", r.alnum(32), "\"");
    within("url-password", "postgres://app:", r.alnum(14), "@db.internal:5432/app");
    within("url-password", "https://deploy:", "tr0ub4dor&3", "@git.test/a.git");
    within("url-token", "https://maps.test/api?key=", r.alnum(39), "&x=1");
    within("connection-password", "Server=db;User Id=sa;Password=", "P4ss_" + r.alnum(8), ";Encrypt=yes");
    within("netrc-password", "machine git.test login ci password ", r.alnum(16));
    within("command-password", "curl -s -u admin:", r.alnum(12), " https://a.test/x");
    within("assigned-secret", "password = \"",
           "hunter2"
           "!",
           "\"");
    within("assigned-secret", "DB_PASSWORD=",
           "s3cr3t"
           "-and-9",
           "\n");
    within("assigned-secret", "const apiKey = '", r.alnum(32), "';");
    within("assigned-secret", "export SERVICE_TOKEN=", r.hex(40), "\n");
    within("assigned-secret", R"({\"client_secret\": \")", r.alnum(32), R"(\"})");
    for (const char* const type : {"RSA PRIVATE", "EC PRIVATE", "PRIVATE", "OPENSSH PRIVATE"}) {
        std::string body;
        for (int line = 0; line < 20; ++line) {
            body += r.base64(64) + "\n";
        }
        const std::string name{type};
        whole("private-key", "-----BEGIN " + name + " KEY-----\n" + body + "-----END " + name + " KEY-----");
    }
    return made;
}

}  // namespace export_test
