// One query a line, as JSON; answers each with what the grammar finds wrong with it, or null.
import { createInterface } from 'node:readline';
import { parseQuery } from '@jetstreamapp/soql-parser-js';

for await (const line of createInterface({ input: process.stdin })) {
  let fault = null;
  try {
    parseQuery(JSON.parse(line));
  } catch (error) {
    fault = `${error.name}: ${error.message}`;
  }
  process.stdout.write(`${JSON.stringify(fault)}\n`);
}
