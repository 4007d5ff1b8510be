// Declares every command and its options. The work is in commands/, loaded when it is needed.
import { Argument, Command, CommanderError, Option } from 'commander';
import { CLIENT_IDS } from '../install/client-ids.ts';
import { VERSION } from '../version.ts';
import { answer, exitCodeOfAnswer, forgetAnswer } from './answer.ts';
import { EXPLAIN_FLAGS, HTTP_FLAGS, INSTALL_FLAGS, POLICY_FLAGS, SERVE_FLAGS } from './commands/flags.ts';
import { SHELLS } from './completion/scripts.ts';
import { addCommonOptions } from './declared/common-options.ts';
import {
  addFlags,
  addSigningOptions,
  allowFinding,
  COMPRESSION,
  commandIn,
  PLACE,
  SNAPSHOT,
} from './declared/declaring.ts';
import { declareComparingCommands } from './declared/of-comparison.ts';
import { declareGitCommands } from './declared/of-git.ts';
import { declareImportCommands } from './declared/of-imports.ts';
import { declareOperatorCommands } from './declared/of-operator.ts';
import { declareSnapshotCommands } from './declared/of-snapshots.ts';
import { declareStoreCommands } from './declared/of-store.ts';
import { declareTrustCommands } from './declared/of-trust.ts';
import { AFTER_COMPLETION_HELP, AFTER_HELP } from './help.ts';
import { setGiven } from './options/given.ts';
import { collected, fromOneOn, list, pairs, refuseOptionsAsValues, sinceWhen } from './options/values.ts';
import { BUG, reportError } from './report-error.ts';
import {
  assertWordsArrived,
  setOutput,
  surviveLostOutput,
  takePassphrases,
  width,
  write,
} from './terminal.ts';
import { usageErrorOf } from './usage-error.ts';

/** For these, 1 is an answer, so a bug is EX_SOFTWARE of sysexits.h. */
const ANSWERING = ['diff', 'doctor', 'log', 'merge', 'git', 'policy'];
const BUG_IN_ANSWERING = 70;

const program = new Command('wassette-state')
  .description(
    'Hand Wassette tools and their permissions from one agent to another; back up, review and restore them.',
  )
  .version(VERSION)
  .enablePositionalOptions() // what follows the command of `serve` is not ours
  .exitOverride()
  .configureHelp({ helpWidth: width() })
  .configureOutput({ writeOut: write, outputError: () => undefined }) // errors are said as our own are, below
  .showSuggestionAfterError(true)
  .addHelpText('after', AFTER_HELP);

const serve = command(
  'serve',
  'Serve the three MCP tools on standard input and output; with a command, Wassette and the tools as one server',
)
  .argument('[command...]', 'what starts Wassette, such as wassette run')
  .passThroughOptions();
addFlags(serve, SERVE_FLAGS);
serve.action(async (wrapped: string[], options) =>
  (await import('./commands/serve.ts')).runServe(options, wrapped.length === 0 ? null : wrapped),
);

const exporting = addFlags(
  command('export', 'Save the components and permissions of this host as a snapshot'),
  HTTP_FLAGS,
)
  .option('-o, --output <place>', `write to another place than the local store: ${PLACE}`)
  .option('--include-binaries', 'include the code in the file, for use on another machine')
  .option('--no-include-binaries', 'leave it out of standard output, which has it otherwise')
  .option(...COMPRESSION)
  .option('--components <ids>', 'only these components: ids, comma-separated', list)
  .option('--allow-empty', 'also export a state without any component')
  .option('--description <text>', 'what this set of tools is for')
  .option('--tag <key=value>', 'a label; more after commas, or repeatable', pairs('key=value'))
  .option(
    '--source <id=uri>',
    "where a component's code came from; kept for these bytes; more after commas, or repeatable",
    pairs('id=uri'),
  )
  .option('--name <name>', 'a name for the snapshot in the local store')
  .option('--if-changed', 'make no new snapshot of the same state, whatever else is said of it there')
  .addOption(allowFinding())
  .option('--include-secrets', 'include the values of the secrets of these components, sealed')
  .option(
    '--recipient <key>',
    'who can open the secrets: an age recipient, or a file of them; repeatable',
    collected,
  )
  .option('--passphrase-file <file>', 'seal the secrets with the passphrase in this file instead')
  .option('--sign <file>', 'sign it with this private key: Ed25519 or P-256 as PKCS#8 PEM, or ssh-ed25519')
  .option('--json', 'print the result as JSON');
addSigningOptions(exporting).action(async (options) =>
  (await import('./commands/export.ts')).runExport(options),
);

declareComparingCommands(program);

declareImportCommands(program);

addFlags(command('list', 'List the components of this host, or of a snapshot'), HTTP_FLAGS)
  .argument('[snapshot]', `${SNAPSHOT}; this host when left out`)
  .option('--json', 'print JSON')
  .action(async (snapshot, options) => (await import('./commands/list.ts')).runList(snapshot, options));

declareSnapshotCommands(program);
declareTrustCommands(program);

addFlags(command('undo', 'Take back the last import, after a review'), { ...POLICY_FLAGS, ...HTTP_FLAGS })
  .addOption(
    new Option('--list', 'list the imports that can be taken back or were, and what each changed').conflicts([
      'dryRun',
      'yes',
      'force',
      'policy',
      'secretsDir',
      'wassetteUrl',
      'allowRemote',
    ]),
  )
  .option('--dry-run', 'show what would be undone, and change nothing')
  .option('-y, --yes', 'do it without asking')
  .option('--force', 'continue even though a Wassette is running on the directory')
  .option('--json', 'print the plan or result as JSON')
  .action(async (options) => (await import('./commands/undo.ts')).runUndo(options));

declareOperatorCommands(program);

addFlags(
  command(
    'doctor',
    'Say whether a handoff would work here, and what is in its way: exit code 0 if so, 1 if not',
  ),
  { ...POLICY_FLAGS, ...HTTP_FLAGS },
)
  .option(
    '--wassette <path>',
    'the Wassette that is used here (default: the one on the PATH, or else one that a client starts)',
  )
  .option('--json', 'print JSON')
  .action(async (options) => {
    answer(await (await import('./commands/doctor.ts')).runDoctor(options));
  });

command('recover', 'Finish an interrupted import, or clear it away')
  .option('--abandon', 'give up an import that cannot be finished, and keep the files as they are')
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/recover.ts')).runRecover(options));

command(
  'log',
  'Show who exported, planned, approved and imported what here, and what was refused; with a snapshot, how it came to be',
)
  .argument(
    '[snapshot]',
    `show instead what this one was made from, back to the first, and what changed each time: ${SNAPSHOT}`,
  )
  .addOption(
    new Option(
      '--since <time>',
      'only from then on: 2026-11-26, 2026-11-26T09:30Z, or 90m, 24h, 7d',
    ).argParser(sinceWhen),
  )
  .addOption(
    new Option('--last <n>', 'only the last <n>; of a snapshot the last 100 when left out').argParser(
      fromOneOn,
    ),
  )
  .addOption(
    new Option(
      '--verify',
      'check instead that each line follows from the one before: exit code 0 if so, 1 if not',
    ).conflicts(['since', 'last']),
  )
  .option('--json', 'print JSON')
  .action(async (snapshot, options) => {
    if (snapshot === undefined) answer(await (await import('./commands/operator/log.ts')).runLog(options));
    else await (await import('./commands/snapshots/history.ts')).runHistory(snapshot, options);
  });

const install = command(
  'install',
  'Set up MCP clients to start this server around Wassette, and try it; without a name those found here',
).argument('[clients...]', CLIENT_IDS.join(', '));
addFlags(install, INSTALL_FLAGS);
install
  .option('--wassette <path>', 'the Wassette to start (default: the one on the PATH)')
  .option('--client-config <file>', "change this file instead of the user's own; for one client")
  .option('--uninstall', 'take our entry out again')
  .option('--force', 'replace an entry of our name that is not ours, or take it out')
  .option('--dry-run', 'show the change, and write nothing')
  .option('-y, --yes', 'write it without asking')
  .option('--json', 'print the change and what was found as JSON')
  .action(async (names: string[], options) =>
    (await import('./commands/install.ts')).runInstall(names, options),
  );

declareStoreCommands(program);
declareGitCommands(program);

const policy = command('policy', "The operator's policy for imports");
addFlags(
  commandIn(
    policy,
    'explain',
    "Say which rule of the operator's policy decides about each thing that an import would bring, and about what is here already: exit code 0 if all of it is within, 1 if not",
  ),
  EXPLAIN_FLAGS,
)
  .argument('<snapshot>', SNAPSHOT)
  .option('--components <ids>', 'only these components: ids, comma-separated', list)
  .option('--skip-existing', 'leave out components that this host already has')
  .option('--remove-extra', 'also remove components that only this host has')
  .option('--json', 'print JSON')
  .action(async (snapshot, options) => {
    answer(await (await import('./commands/operator/policy.ts')).runPolicyExplain(snapshot, options));
  });

addCommonOptions(program);

// These print for a shell, and are about no host.
command('completion', 'Print what has a shell complete these commands')
  .addArgument(new Argument('<shell>').choices(SHELLS))
  .addHelpText('after', AFTER_COMPLETION_HELP)
  .action(async (shell) => (await import('./commands/completion.ts')).runCompletion(shell));
program
  .command('complete', { hidden: true })
  .addArgument(new Argument('<shell>').choices(SHELLS))
  .argument('[words...]')
  .action(async (shell, words) =>
    (await import('./commands/completion.ts')).runComplete(program, shell, words),
  );

refuseOptionsAsValues(program);
let running: Command | null = null;
program.hook('preAction', (_program, command) => {
  running = command;
  setOutput(command.opts());
});

/** Runs one command. @returns the exit code */
export async function runProgram(args: readonly string[]): Promise<number> {
  takePassphrases();
  surviveLostOutput();
  forgetAnswer();
  setGiven(args);
  running = null;
  try {
    await parsed(args);
  } catch (error) {
    if (error instanceof CommanderError) return reportError(usageErrorOf(error, args), args);
    if (running !== null) await (await import('./refusals.ts')).recordRefusal(running, error);
    const code = reportError(error, args);
    return code === BUG && ANSWERING.includes(args[0]!) ? BUG_IN_ANSWERING : code;
  }
  try {
    await assertWordsArrived();
    return exitCodeOfAnswer();
  } catch (error) {
    return reportError(error, args);
  }
}

/** For the parser, help that was asked for is an error, too. */
async function parsed(args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(commandInPlaceOfHelp(args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}

/** `help` with the words of a command; a word that is none is refused, as it is without `help`. */
function commandInPlaceOfHelp(args: readonly string[]): readonly string[] {
  const [first, word = '', inner] = args;
  if (first !== 'help' || !/^\w/.test(word) || word === 'help') return args;
  const isKnown = program.commands.some((known) => known.name() === word);
  if (!isKnown) return [word];
  return inner === undefined ? args : [word, inner, '--help'];
}

function command(name: string, description: string): Command {
  return commandIn(program, name, description);
}
