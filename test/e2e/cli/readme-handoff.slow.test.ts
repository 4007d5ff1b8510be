// The handoff that the README shows, with two real Wassettes and a client that asks its person. UPDATE=1 writes it anew.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../../../examples/agent.ts';
import { javaScriptProbe } from '../../fixtures/components/probe.ts';
import { makeHost, policyText, type TestHost } from '../../fixtures/host.ts';
import { quietTransport } from '../../fixtures/servers/quiet-transport.ts';
import { wassetteBinary } from '../../fixtures/wassette/wassette.ts';

const README = new URL('../../../README.md', import.meta.url);
const BLOCK = /<!-- handoff -->\n[\s\S]*<!-- \/handoff -->/;
const COLUMN = 18;

/** What is said, who says it in front. */
class Transcript {
  #text = '';

  add(who: string, lines: readonly string[]): void {
    for (const [i, line] of lines.entries()) this.#text += `${(i === 0 ? who : '').padEnd(COLUMN)}${line}\n`;
  }

  pause(): void {
    this.#text += '\n';
  }

  /** With homes as people have them, the components where Wassette keeps them there, and short digests. */
  block(homes: Record<string, TestHost>): string {
    let text = this.#text;
    for (const [home, { locations }] of Object.entries(homes))
      text = text
        .replaceAll(locations.componentDir, `${home}/.local/share/wassette/components`)
        .replaceAll(path.dirname(locations.componentDir), home);
    const short = text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
    return `<!-- handoff -->\n\`\`\`text\n${short}\`\`\`\n<!-- /handoff -->`;
  }
}

/** Digests and sizes are those of what the tools that build components make. */
function comparable(text: string): string {
  return text.replace(/\b[0-9a-f]{12,}\b/g, '#').replace(/\d+ bytes/g, '# bytes');
}

async function agentOf(host: TestHost, cwd: string, onQuestion: (text: string) => void): Promise<Client> {
  const { componentDir, stateDir } = host.locations;
  const client = new Client({ name: 'readme', version: '1.0.0' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    onQuestion(params.message);
    return { action: 'accept', content: { approve: true } };
  });
  const wassette = [await wassetteBinary('0.8.0'), 'run', '--component-dir', componentDir];
  await client.connect(
    quietTransport({
      command: process.execPath,
      args: [PROGRAM, 'serve', '--state-dir', stateDir, '--', ...wassette],
      cwd,
      env: { PATH: process.env.PATH!, HOME: path.dirname(componentDir), CITY: 'Oslo' },
    }),
  );
  onTestFinished(() => client.close());
  return client;
}

test('the handoff in the README is what happens', async () => {
  const transcript = new Transcript();
  const ada = makeHost();
  const bob = makeHost();
  const folders = [ada, bob].map(({ locations }) => path.join(locations.componentDir, '../project'));
  for (const folder of folders) mkdirSync(folder);
  ada.install('weather', {
    code: readFileSync(await javaScriptProbe({ name: 'weather' })),
    policy: policyText({ network: ['api.weather.example'], environment: ['CITY'] }),
  });
  const [a, b] = await Promise.all([
    agentOf(ada, folders[0]!, () => undefined),
    agentOf(bob, folders[1]!, (question) => {
      transcript.add('client B asks', question.split('\n'));
      transcript.add('you', ['Approve.']);
    }),
  ]);
  const call = async (agent: Client, tool: string, args: Record<string, unknown>) => {
    const result = await agent.callTool({ name: tool, arguments: args }, undefined, { timeout: 120_000 });
    const { content, structuredContent, isError } = result as unknown as {
      content: { text: string }[];
      structuredContent: { next_step: { arguments: Record<string, unknown> } };
      isError?: boolean;
    };
    expect(isError ?? false, content[0]!.text).toBe(false);
    return { lines: content[0]!.text.split('\n'), next: structuredContent?.next_step?.arguments };
  };

  transcript.add('you, to agent A', ['Export your tools with their code to tools.json.']);
  const given = await call(a, 'export_state', { destination: 'tools.json', include_binaries: true });
  transcript.add('agent A', given.lines.slice(0, 1));
  copyFileSync(path.join(folders[0]!, 'tools.json'), path.join(folders[1]!, 'tools.json'));
  transcript.pause();
  transcript.add('you, to agent B', ['Import tools.json.']);
  const planned = await call(b, 'import_state', { snapshot: path.join(folders[1]!, 'tools.json') });
  transcript.add('agent B', planned.lines.slice(0, 1));
  const applied = await call(b, 'import_state', planned.next!);
  transcript.add('agent B', applied.lines.slice(0, 2));
  expect((await call(b, 'weather-add', { a: 2, b: 3 })).lines).toEqual(['5']);

  const block = transcript.block({ '/home/ada': ada, '/home/bob': bob });
  const readme = readFileSync(README, 'utf8');
  if (process.env.UPDATE)
    writeFileSync(
      README,
      readme.replace(BLOCK, () => block),
    );
  expect(comparable(BLOCK.exec(readFileSync(README, 'utf8'))![0])).toBe(comparable(block));
});
