/** French. Colons and the like have a space that does not break before them. */
import type { Phrases } from './phrases.ts';

export const FR: Phrases = {
  seconds: '{{ count }}\u00a0s',
  minutes: '{{ count }}\u00a0min',
  login: {
    title: 'Se connecter',
    name: 'Nom d’utilisateur ou adresse électronique',
    password: 'Mot de passe',
    code: 'Code de l’application d’authentification, ou code de secours',
    submit: 'Se connecter',
    refused:
      'Cela n’a pas fonctionné\u00a0: le nom, le mot de passe ou le code n’est pas le bon. Un code \
ne sert qu’une fois\u00a0; attendez le suivant.',
    throttled: 'Trop d’essais. Vous pourrez réessayer dans {{ time }}.',
    lost: 'Mot de passe ou téléphone perdu\u00a0? Demandez un nouveau lien à un administrateur.',
    loggedIn: 'Vous êtes connecté en tant que {{ name }}.',
    open: 'Ouvrir le tableau',
    logOut: 'Se déconnecter',
    foreign: 'Le formulaire ne venait pas de cette page. Rouvrez la page et réessayez.',
    failed: 'Cela n’a pas pu être fait, et rien n’a été changé. Réessayez dans un instant.',
  },
  setUp: {
    title: 'Créer votre accès',
    lead: 'Pour {{ name }}, qui se connecte sous {{ login }}.',
    firstLead: 'Vous devenez le premier administrateur de ce serveur.',
    yourName: 'Votre nom, tel que les autres le voient',
    loginName: 'Nom d’utilisateur ou adresse électronique pour se connecter',
    password: 'Mot de passe',
    passwordHint:
      'Au moins {{ count }} caractères. Le mieux\u00a0: quelques mots que personne d’autre \
n’assemblerait.',
    repeat: 'Le mot de passe encore une fois',
    next: 'Suivant',
    appTitle: 'Relier votre téléphone',
    appLead:
      'Scannez ceci avec une application d’authentification, ou saisissez-y le secret. \
L’application affiche ensuite un nouveau code toutes les 30 secondes.',
    secret: 'Secret',
    code: 'Le code affiché maintenant par l’application',
    codeWrong:
      'Ce n’est pas le code de cet instant. L’horloge du téléphone est-elle à l’heure\u00a0? \
Essayez le suivant.',
    finish: 'Terminer',
    doneTitle: 'Vos codes de secours',
    doneLead:
      'Notez-les maintenant\u00a0: ils ne seront plus jamais affichés. Chacun sert une fois à la \
place du code, si le téléphone est perdu.',
    deadTitle: 'Ce lien ne fonctionne plus',
    deadText:
      'Un lien de création d’accès sert une fois et pour un temps limité. Demandez-en un nouveau \
à un administrateur (tocsin operator reset).',
  },
  faults: {
    too_short: 'Le mot de passe a moins de {{ min }} caractères.',
    too_long: 'Le mot de passe a plus de {{ max }} caractères.',
    is_the_name: 'Le mot de passe n’est guère plus que le nom.',
    too_common: 'Ce mot de passe est de ceux que tout le monde essaie en premier.',
    too_plain: 'Le mot de passe a trop peu de caractères différents.',
    repeat_differs: 'Les deux mots de passe ne sont pas identiques.',
    name_missing: 'Il manque votre nom.',
    login_wrong: 'Le nom de connexion doit être un seul mot, ou une adresse électronique.',
  },
};
