/** Italian. */
import type { Phrases } from './phrases.ts';

export const IT: Phrases = {
  seconds: '{{ count }} s',
  minutes: '{{ count }} min',
  login: {
    title: 'Accedi',
    name: 'Nome utente o indirizzo e-mail',
    password: 'Password',
    code: 'Codice dell’app di autenticazione, o un codice di recupero',
    submit: 'Accedi',
    refused:
      'Non ha funzionato: il nome, la password o il codice non è giusto. Un codice vale una sola \
volta; attendi il prossimo.',
    throttled: 'Troppi tentativi. Puoi riprovare tra {{ time }}.',
    lost: 'Password o telefono smarriti? Un amministratore può darti un nuovo collegamento.',
    loggedIn: 'Hai effettuato l’accesso come {{ name }}.',
    open: 'Apri il quadro',
    logOut: 'Esci',
    foreign: 'Il modulo non veniva da questa pagina. Riapri la pagina e riprova.',
    failed: 'Ora non è stato possibile e nulla è cambiato. Riprova tra un momento.',
  },
  setUp: {
    title: 'Imposta il tuo accesso',
    lead: 'Per {{ name }}, che accede come {{ login }}.',
    firstLead: 'Diventi il primo amministratore di questo server.',
    yourName: 'Il tuo nome, come lo vedono gli altri',
    loginName: 'Nome utente o indirizzo e-mail con cui accedere',
    password: 'Password',
    passwordHint:
      'Almeno {{ count }} caratteri. Meglio alcune parole che nessun altro metterebbe insieme.',
    repeat: 'La password ancora una volta',
    next: 'Avanti',
    appTitle: 'Collega il telefono',
    appLead:
      'Inquadra questo con un’app di autenticazione, o scrivici il segreto. Da allora l’app \
mostra un nuovo codice ogni 30 secondi.',
    secret: 'Segreto',
    code: 'Il codice che l’app mostra adesso',
    codeWrong:
      'Non è il codice di questo momento. L’orologio del telefono è giusto? Prova il prossimo.',
    finish: 'Fine',
    doneTitle: 'I tuoi codici di recupero',
    doneLead:
      'Annotali ora: non saranno mai più mostrati. Ognuno vale una volta al posto del codice, se \
il telefono è smarrito.',
    deadTitle: 'Questo collegamento non funziona più',
    deadText:
      'Un collegamento vale una volta e per un tempo limitato. Chiedine uno nuovo a un \
amministratore (tocsin operator reset).',
  },
  faults: {
    too_short: 'La password ha meno di {{ min }} caratteri.',
    too_long: 'La password ha più di {{ max }} caratteri.',
    is_the_name: 'La password è poco più del nome.',
    too_common: 'Questa password è tra quelle che tutti provano per prime.',
    too_plain: 'La password ha troppo pochi caratteri diversi.',
    repeat_differs: 'Le due password non sono uguali.',
    name_missing: 'Manca il tuo nome.',
    login_wrong: 'Il nome per accedere deve essere una sola parola, o un indirizzo e-mail.',
  },
};
