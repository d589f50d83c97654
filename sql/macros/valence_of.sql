-- Valence: happiness less the negative emotions.
CREATE OR REPLACE TEMP MACRO valence_of(happy, sad, anger, disgust, fear) AS happy - (sad + anger + disgust + fear)
