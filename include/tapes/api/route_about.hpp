#pragma once

#include <string>
#include <vector>

namespace tapes::api {

/// What /openapi.json says of a parameter.
struct parameter_about {
    std::string name;
    std::string text;    ///< a sentence
    std::string schema;  ///< JSON: `{"type":"integer","minimum":1}`
};

/// What /openapi.json says of an answer. Several of one status differ in their content type.
struct answer_about {
    unsigned status = 200;
    std::string text;    ///< a sentence
    std::string schema;  ///< the name of a schema of the document; "" for bytes, or for none
    std::string content_type = "application/json";  ///< "": no body
};

/// What /openapi.json says of a route. The answers that the server itself gives (400, 401, 403, 500, 503 and
/// the like) are added by the server, as problems.
struct route_about {
    std::string name;  ///< operationId, "list_sessions"; "": the route is in no document
    std::string text;  ///< a sentence
    std::vector<parameter_about> path, query;
    std::string body;  ///< the name of the schema of its body; "": none
    std::vector<answer_about> answers;
    std::vector<unsigned> problems;  ///< statuses that the handler answers with problem details
};

}  // namespace tapes::api
