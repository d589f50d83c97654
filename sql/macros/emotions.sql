-- The columns of the seven emotions, in their order: COLUMNS(emotions()) stands for all of them.
CREATE OR REPLACE TEMP MACRO emotions() AS ['neutral', 'happy', 'sad', 'anger', 'disgust', 'surprise', 'fear']
