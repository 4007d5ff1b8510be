// `npm run api`: writes docs/api.md anew.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeDeclarations, ROOT, surfaceOfDeclarations } from './declarations.ts';
import { pageOf } from './markdown.ts';

makeDeclarations();
writeFileSync(path.join(ROOT, 'docs/api.md'), pageOf(surfaceOfDeclarations()));
