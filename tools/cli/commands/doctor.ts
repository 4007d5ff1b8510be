// `wassette-state doctor`: whether a handoff would work here, and why not.
import { argumentsFor } from '../../command-line.ts';
import { directoriesOfClients, examine } from '../../doctor/examination.ts';
import { examinationAsJson, printExamination } from '../../doctor/report.ts';
import { type HttpFlags, wassetteAt } from '../../http-wassette.ts';
import { thisMachine } from '../../install/machine.ts';
import { printJson } from '../terminal.ts';
import { type LocationOptions, locationsIn } from './locations.ts';

/** @returns whether a handoff would work */
export async function runDoctor(
  options: LocationOptions & HttpFlags & { wassette?: string },
): Promise<boolean> {
  const live = await wassetteAt(options);
  const found = await examine({ ...locationsIn(options), live }, thisMachine(), options.wassette);
  const host = { ...options, ...directoriesOfClients(found) };
  // What leaves out a component that is in the way is an option of the export.
  const reader = { kind: 'person', host, args: argumentsFor(['export'], host) } as const;
  if (options.json) printJson(examinationAsJson(found, reader));
  else printExamination(found, reader);
  return found.problems.length === 0;
}
