// Validates a HAR file by the schemas of the HAR 1.2 specification: node har.mjs FILE
import { readFileSync } from "node:fs";
import validate from "har-validator/lib/promise.js";

try {
  const har = await validate.har(JSON.parse(readFileSync(process.argv[2], "utf8")));
  console.log(har.log.entries.length);
} catch (error) {
  console.error(error.message, JSON.stringify(error.errors, null, 1));
  process.exitCode = 1;
}
