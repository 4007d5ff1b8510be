// Adds to components of a listing how what each may do fits its code.
import { fitInWords } from '../../plan/words/fit.ts';
import type { ListedComponent } from '../listing/listed-component.ts';
import type { CodeReadings } from './readings.ts';

/** @throws as `readInterface` */
export async function withFit(
  components: readonly ListedComponent[],
  readings: CodeReadings,
): Promise<ListedComponent[]> {
  const remarked: ListedComponent[] = [];
  for (const component of components) {
    const { component_id, sha256, size, rights } = component;
    const isKnown = sha256 !== null && size !== null && rights !== 'kept';
    if (isKnown) {
      const abilities = await readings.abilitiesOf({ component_id, artifact: { sha256, size } });
      remarked.push({ ...component, remarks: fitInWords({ abilities, rights }) });
    } else remarked.push(component);
  }
  return remarked;
}
