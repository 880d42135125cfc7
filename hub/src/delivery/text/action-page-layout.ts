/** How the answer page is laid out: everything that is filled in is escaped. Pure. */
import { createHtmlTemplate } from './template.ts';

/** Folded away unless the link was for it: a wrong thumb must not close an alert. */
const RESOLVE = `\
<details{% if resolve.isOpen %} open{% endif %}>\
<summary>{{ resolve.summary }}</summary>
<form method="post"><input type="hidden" name="action" value="resolve">
<label>{{ resolve.outcome }}<select name="outcome" required>
<option value="">{{ resolve.choose }}</option>
{%- for each in resolve.outcomes %}
<option value="{{ each.value }}">{{ each.text }}</option>
{%- endfor %}
</select></label>
<label>{{ resolve.detail }}<textarea name="detail" rows="2" \
maxlength="{{ resolve.detailCharsMax }}"></textarea></label>
<button class="go">{{ resolve.submit }}</button></form></details>`;

export const renderActionPageHtml = createHtmlTemplate(`<!DOCTYPE html>
<html lang="{{ lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="same-origin">
<title>{{ title }}</title>
<style>{{ style | raw }}</style>
</head>
<body>
<main>
{%- if notice %}
<div class="box {% if notice.isWrong %}wrong{% else %}done{% endif %}" \
role="{% if notice.isWrong %}alert{% else %}status{% endif %}">
{% if isAlertShown %}<h2>{{ notice.heading }}</h2>{% else %}<h1>{{ notice.heading }}</h1>{% endif %}
<p>{{ notice.text }}</p>
</div>
{%- endif %}
{%- if isAlertShown %}
<div class="severity">
<svg viewBox="0 0 26 26" aria-hidden="true" class="{{ severity.name }}">
{%- case severity.name -%}
{%- when 'critical' -%}<path d="M8.5 2h9L24 8.5v9L17.5 24h-9L2 17.5v-9z"/>
{%- when 'high' -%}<path d="M13 3l11 20H2z"/>
{%- when 'medium' -%}<path d="M13 2l11 11-11 11L2 13z"/>
{%- else -%}<circle cx="13" cy="13" r="10"/>
{%- endcase -%}
</svg><span>{{ severity.text }}</span></div>
<h1>{{ heading }}</h1>
{%- if test %}
<p><strong>{{ test }}</strong></p>
{%- endif %}
{%- if place != '' %}
<p>{{ place }}</p>
{%- endif %}
<p class="soft">{{ since }}</p>
<p class="soft">{{ status }}</p>
<div class="answers">
{%- if ask %}
<p class="ask">{{ ask }}</p>
{%- endif %}
{%- if resolve and resolve.isOpen %}
${RESOLVE}
{%- endif %}
{%- for button in buttons %}
<form method="post"><button name="action" value="{{ button.action }}"\
{% if button.look != '' %} class="{{ button.look }}"{% endif %}>{{ button.text }} \
<span>{{ button.hint }}</span></button></form>
{%- endfor %}
{%- if resolve and resolve.isOpen == false %}
${RESOLVE}
{%- endif %}
</div>
<p class="soft who">{{ recipient }}</p>
{%- endif %}
</main>
</body>
</html>
`);
