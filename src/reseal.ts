// Puts edited secrets back into a snapshot: the SOPS document that `sops` changed takes the place of the one that is there.
import { utf8Text } from './codec/utf8.ts';
import { findingIdsIn } from './credentials/finding-id.ts';
import { readSmallFile } from './disk/durable-file.ts';
import { FormatError, UsageError } from './errors.ts';
import type { ExportOptions, ExportResult } from './export.ts';
import { openSnapshotBy } from './open.ts';
import type { OpenSnapshot } from './places/place.ts';
import { type ExportDestination, placeToWrite, plainDestination } from './site/places.ts';
import { noteDerived } from './site/recording.ts';
import { type OpenOptions, openSite } from './site/site.ts';
import { readDocument } from './snapshot/document.ts';
import { linesOf, readSealedSecrets } from './snapshot/sealed-secrets.ts';

const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Writes the snapshot with the secrets in `file` to a place: another snapshot, with another digest. Without a key nothing
 * more can be said of them than that they are well formed, and of components that are there.
 * @throws FormatError FORMAT_INVALID_SECRETS; UsageError USAGE_BAD_ARGUMENT where they are the same; PolicyError
 * POLICY_CREDENTIAL_FOUND; as `openSnapshot` and `exportStateTo`
 */
export async function resealTo(
  reference: string,
  file: string,
  to: ExportDestination,
  options: OpenOptions & Pick<ExportOptions, 'allowFindings'> = {},
): Promise<ExportResult> {
  const destination = plainDestination(to);
  const allowed = findingIdsIn(options.allowFindings ?? []);
  const site = await openSite(options);
  const snapshot = await openSnapshotBy(reference, options, site);
  const place = await placeToWrite(destination, site, {
    ...options,
    includeBinaries: snapshot.carriesBinaries,
  });
  await place.assertTakes({
    document: true,
    code: snapshot.carriesBinaries,
    labels: false,
    secrets: true,
    signatures: false,
  });
  const { tree, policies } = snapshot.content;
  const secrets = linesOf(await textOf(file));
  const ids = tree.components.map((component) => component.component_id);
  const { names } = aboutFile(file, () => readSealedSecrets(secrets, ids));
  const components = tree.components.map((component) => {
    const listed = [
      ...new Set([...(component.secret_names ?? []), ...(names.get(component.component_id) ?? [])]),
    ];
    return listed.length === 0 ? component : { ...component, secret_names: listed.sort() };
  });
  const changed = readDocument({ ...tree, components, secrets }, policies);
  if (changed.digest === snapshot.content.digest) throw nothingChanged(file);
  const document = changed.madeFrom(snapshot.content.digest);
  const { assertNoCredentials } = await import('./site/export/credential-scan.ts');
  const passed = assertNoCredentials({ tree: document.tree, name: destination.name }, allowed);
  const { signal, onProgress } = options;
  const written = await place.write(document, snapshot.blobs, { signal, onProgress });
  const unrecorded = await noteDerived(site, destination, written);
  return { ...written, notes: [...passed, ...written.notes, ...withoutSignatures(snapshot), ...unrecorded] };
}

/** What is wrong is wrong in the file that somebody named, not in the snapshot. */
function aboutFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.code, `${file}: ${error.message}`, {
      hint: 'name the SOPS document of the snapshot as sops left it: changed, and still sealed',
    });
  }
}

function nothingChanged(file: string): UsageError {
  return new UsageError(
    'USAGE_BAD_ARGUMENT',
    `the secrets in ${file} are those that the snapshot has already`,
    {
      hint: 'change them with sops first',
    },
  );
}

/** They are of the digest before, whatever the place does with those that it holds. */
function withoutSignatures({ signatures: { length } }: OpenSnapshot): string[] {
  if (length === 0) return [];
  const [which, are] = length === 1 ? ['signature', 'is'] : ['signatures', 'are'];
  return [
    `the ${length} ${which} of the snapshot before ${are} not of this one, and ${are} left out: sign it anew`,
  ];
}

async function textOf(file: string): Promise<string> {
  const text = utf8Text(await readSmallFile(file, MOST_BYTES));
  if (text !== undefined) return text;
  throw new FormatError('FORMAT_INVALID_SECRETS', `${file} is not UTF-8`, {
    hint: 'name the SOPS document that sops changed',
  });
}
