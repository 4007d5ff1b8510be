// The figures as a table of 80 columns.
import { type Figure, isWithinLimit, ratioOf } from './figure.ts';

const WIDTHS = [34, 9, 9, 6, 8, 4];

export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.scenario,
    shown(figure.ours, figure.unit),
    figure.peer === undefined ? '-' : shown(figure.peer, figure.unit),
    ratioOf(figure)?.toFixed(2) ?? '-',
    shownLimit(figure),
    { true: 'ok', false: 'over', null: '' }[String(isWithinLimit(figure))]!,
  ]);
  return [['SCENARIO', 'OURS', 'PEER', 'RATIO', 'LIMIT', ''], ...rows].map(line).join('\n');
}

function line(cells: readonly string[]): string {
  const padded = cells.map((cell, i) => {
    return i === 0 || i === cells.length - 1 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!);
  });
  return padded.join('  ').trimEnd();
}

function shownLimit({ limit, unit }: Figure): string {
  if (limit === undefined) return '-';
  return 'ratio' in limit ? `${limit.ratio.toFixed(2)} x` : `${limit.value} ${unit}`;
}

/** Three digits that mean something. */
function shown(value: number, unit: string): string {
  const decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(decimals)} ${unit}`;
}
