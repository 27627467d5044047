// The rules for all TypeScript and Vue files: "npm run lint" in web/.
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

export default tseslint.config(
    { ignores: ['**/dist/**', '**/node_modules/**', '**/src/generated/**'] },
    ...tseslint.configs.recommended,
    ...vue.configs['flat/essential'],
    {
        files: ['**/*.vue'],
        languageOptions: { parserOptions: { parser: tseslint.parser } },
    },
    {
        rules: {
            eqeqeq: ['error', 'always'],
            'no-console': 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-restricted-syntax': [
                'error',
                {
                    selector: "CallExpression[callee.property.name='insertAdjacentHTML']",
                    message: 'Text from files or people must not become markup.',
                },
                {
                    selector: "AssignmentExpression[left.property.name='innerHTML']",
                    message: 'Text from files or people must not become markup.',
                },
            ],
            'prefer-const': 'error',
            '@typescript-eslint/consistent-type-imports': 'error',
            '@typescript-eslint/no-explicit-any': 'error',
            'vue/no-v-html': 'error',
            'vue/multi-word-component-names': 'off',
        },
    },
    {
        // Programs for a terminal may print.
        files: ['**/*.mjs', '**/vite.config.ts'],
        rules: { 'no-console': 'off' },
    },
);
