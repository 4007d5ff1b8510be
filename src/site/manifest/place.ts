// A deployment manifest as a place: its code is wherever its URIs say, so that opening it takes the site.
import { shownUri } from '../../codec/shown-uri.ts';
import { generatedPolicy } from '../../deployment/generated-policy.ts';
import type { Blobs, TransferOptions } from '../../disk/blobs/blob.ts';
import { assertDirectoryOf } from '../../disk/durable-file.ts';
import type { FileRef } from '../../disk/paths/fence.ts';
import { type StateError, UsageError } from '../../errors.ts';
import { readDeploymentFile } from '../../places/deployment-file.ts';
import type { OpenSnapshot, PartialSnapshot, Place, PlacedSnapshot, Wanted } from '../../places/place.ts';
import type { Document } from '../../snapshot/document.ts';
import type { OpenOptions, Site } from '../site.ts';
import { openDeployment, outlineDeployment } from './opening.ts';
import { exportDeployment } from './writing.ts';

export class ManifestPlace implements Place {
  constructor(
    private readonly file: FileRef,
    private readonly site: Site,
    private readonly options: OpenOptions,
  ) {}

  open(): Promise<OpenSnapshot> {
    return openDeployment(this.file, this.site, this.options);
  }

  outline(): Promise<OpenSnapshot | null> {
    return outlineDeployment(this.file, this.site, this.options);
  }

  /** A manifest has no room for these, and what was asked for is not left out without a word. */
  async assertTakes({ document, code, labels, secrets, signatures, compress }: Wanted): Promise<void> {
    await assertDirectoryOf(this.file);
    if (document) {
      throw new UsageError(
        'USAGE_BAD_ARGUMENT',
        'a manifest says what a host runs, and cannot hold a snapshot',
        {
          hint: 'write a .json file, or export the host as a manifest',
        },
      );
    }
    const what = [
      ...(secrets ? ['sealed secrets'] : []),
      ...(code ? ['code'] : []),
      ...(labels ? ['a description or tags'] : []),
      ...(signatures ? ['signatures'] : []),
      ...(compress ? ['what is compressed'] : []),
    ];
    if (what.length === 0) return;
    throw new UsageError('USAGE_BAD_ARGUMENT', `a manifest cannot hold ${what[0]}`, {
      hint: 'leave that out, or write a .json file',
    });
  }

  async write(document: Document, _blobs: Blobs, { signal }: TransferOptions): Promise<PlacedSnapshot> {
    const { componentDir } = this.site.host;
    const written = await exportDeployment(this.file, document, componentDir, signal);
    return { ...written, carriesBinaries: false, isManifest: true };
  }

  async withoutCode(error: StateError): Promise<PartialSnapshot | null> {
    if (!['USAGE_NOT_AVAILABLE', 'STORE_NOT_FOUND'].includes(error.code)) return null;
    const { components, notes } = await readDeploymentFile(this.file);
    return {
      components: components.map(({ component_id, uri, digest, grants, name }) => ({
        component_id,
        // Of an image it would be another digest than that of the code.
        sha256: uri.startsWith('oci:') ? null : digest,
        source_uri: shownUri(uri),
        tools: [],
        policy: grants === null ? 'kept' : { text: generatedPolicy(grants, name) },
      })),
      notes: [
        ...notes,
        'not all of the code is on this machine: what the manifest says is listed, and nothing is verified',
      ],
    };
  }
}
