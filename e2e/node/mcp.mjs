// The official client of the Model Context Protocol asks `tapes mcp`, whose command line are the arguments. Writes one
// JSON object. The client checks structured answers against the schemas of the tools.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [command, ...args] = process.argv.slice(2);
const client = new Client({ name: "tapes-e2e", version: "0.0.0" });
await client.connect(new StdioClientTransport({ command, args }));
const { tools } = await client.listTools();
const found = await client.callTool({ name: "search", arguments: { query: "walrus role:user" } });
for (const name of ["list", "show", "why", "stats", "tree"]) {
  const answer = await client.callTool({ name, arguments: {} });
  if (answer.isError) throw new Error(`${name}: ${answer.content[0].text}`);
}
const refused = await client.callTool({ name: "show", arguments: { id: "nothing-there" } });
await client.ping();
console.log(
  JSON.stringify({
    tools: tools.map((one) => one.name),
    version: client.getServerVersion(),
    hits: found.structuredContent.record.hits,
    refused: refused.isError,
  }),
);
await client.close();
