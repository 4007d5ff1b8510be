// Numbers of WebAssembly's binary format, mostly of components
// (https://github.com/WebAssembly/component-model, design/mvp/Binary.md).

export const COMPONENT_PREAMBLE = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]);
export const MODULE_PREAMBLE = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
export const PREAMBLE_BYTES = COMPONENT_PREAMBLE.length;

/** What a section of a component holds. */
export const SECTION = {
  custom: 0,
  coreModule: 1,
  coreInstances: 2,
  coreTypes: 3,
  component: 4,
  instances: 5,
  aliases: 6,
  types: 7,
  canonicals: 8,
  start: 9,
  imports: 10,
  exports: 11,
  values: 12,
} as const;

/** What kind of thing an index refers to. */
export const SORT = {
  core: 0x00,
  function: 0x01,
  value: 0x02,
  type: 0x03,
  component: 0x04,
  instance: 0x05,
} as const;

/** The sort of a core module, where a core sort may stand. */
export const CORE_MODULE_SORT = 0x11;
