import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const PRODUCT = ['src/**/*.ts', 'connectors/**/*.ts'];
const TESTS = ['test/**/*.ts', 'bench/**/*.ts'];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', 'test/fixtures'] },
  js.configs.recommended,
  {
    files: PRODUCT,
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.build.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      // Enums are ruled out by erasableSyntaxOnly; looking for them costs seconds.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
    },
  },
  // The compiler finds what is not defined.
  { files: ['console/**/*.js'], rules: { 'no-undef': 'off' } },
  {
    // The compiler checks the types of tests; rules that need types would take as long again for them.
    files: TESTS,
    extends: [...tseslint.configs.strict],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // chai's `expect(x).to.be.true` is an expression
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
